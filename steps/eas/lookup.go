package eas

import (
	"context"
	"fmt"
	"strconv"

	"aligate/jq"
	"aligate/runner"
	"aligate/steps"
)

// What a network is made of, looked up: one command and one type for each. The documented calls are the plugin's
// (eas list-gateway); where the documents name none, the CLI's built-in form is used, which checks every
// parameter's name without a plugin.

// gateway is a dedicated gateway.
type gateway struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Status  string `json:"status"`
	Default bool   `json:"default"`
}

// gatewayDetail is what describe-gateway knows. VPC is empty in all real replies.
type gatewayDetail struct {
	ID        string   `json:"id"`
	Status    string   `json:"status"`
	VPC       string   `json:"vpc"`
	VSwitches []string `json:"vswitches"`
}

// linkedVPC is a vswitch through which a gateway reaches a VPC.
type linkedVPC struct {
	VPC           string `json:"vpc"`
	VSwitch       string `json:"vswitch"`
	SecurityGroup string `json:"security_group"`
	Status        string `json:"status"`
}

// vpc is one VPC.
type vpc struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	CIDR    string `json:"cidr"`
	Status  string `json:"status"`
	Default bool   `json:"default"`
}

// vswitch is one vswitch. Free is the number of addresses left.
type vswitch struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	VPC    string `json:"vpc"`
	Zone   string `json:"zone"`
	CIDR   string `json:"cidr"`
	Status string `json:"status"`
	Free   int    `json:"free"`
}

// securityGroup is one security group. Managed ones belong to another product, and cannot be used.
type securityGroup struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	VPC     string `json:"vpc"`
	Kind    string `json:"kind"`
	Managed bool   `json:"managed"`
}

// balancer is an NLB.
type balancer struct {
	ID        string   `json:"id"`
	Status    string   `json:"status"`
	Kind      string   `json:"kind"`
	VPC       string   `json:"vpc"`
	VSwitches []string `json:"vswitches"`
}

// resourceGroup is a resource group of EAS. Memory is in MB.
type resourceGroup struct {
	ID         string  `json:"id"`
	Name       string  `json:"name"`
	Kind       string  `json:"kind"`
	Status     string  `json:"status"`
	CPUs       float64 `json:"cpus"`
	GPUs       float64 `json:"gpus"`
	FreeCPUs   float64 `json:"free_cpus"`
	FreeGPUs   float64 `json:"free_gpus"`
	MostCPU    float64 `json:"most_cpu"`
	MostGPU    float64 `json:"most_gpu"`
	MostMemory float64 `json:"most_memory"`
}

// dlink is the VPC that a resource group is attached to; all empty if it is attached to none.
type dlink struct {
	VPC           string   `json:"vpc"`
	VSwitch       string   `json:"vswitch"`
	More          []string `json:"more"`
	SecurityGroup string   `json:"security_group"`
	CIDRs         string   `json:"cidrs"`
}

// natGateway is a NAT gateway; Internet is set for a public one.
type natGateway struct {
	ID       string   `json:"id"`
	Status   string   `json:"status"`
	Internet bool     `json:"internet"`
	IPs      []string `json:"ips"`
}

// snatEntry lets the addresses of a vswitch or a CIDR out through an IP.
type snatEntry struct {
	ID      string `json:"id"`
	VSwitch string `json:"vswitch"`
	CIDR    string `json:"cidr"`
	IP      string `json:"ip"`
	Status  string `json:"status"`
}

func listGateways(v steps.Values) runner.Command {
	return call(v, "eas", "list-gateway", "--region", v.One("region"))
}

func describeGateway(v steps.Values, id string) runner.Command {
	region := v.One("region")
	return call(v, "eas", "describe-gateway", "--region", region, "--cluster-id", region, "--gateway-id", id)
}

func listLinkedVPCs(v steps.Values, gateway string) runner.Command {
	return builtin(v, "eas", "ListGatewayIntranetLinkedVpc", "--ClusterId", v.One("region"), "--GatewayId", gateway)
}

func listResources(v steps.Values) runner.Command {
	return call(v, "eas", "list-resources", "--region", v.One("region"))
}

func describeDLink(v steps.Values, resource string) runner.Command {
	return builtin(v, "eas", "DescribeResourceDLink", "--ClusterId", v.One("region"), "--ResourceId", resource)
}

func describeVPCs(v steps.Values) runner.Command {
	return builtin(v, "vpc", "DescribeVpcs", "--PageSize", "50")
}

func describeVSwitches(v steps.Values, vpc string) runner.Command {
	return builtin(v, "vpc", "DescribeVSwitches", "--VpcId", vpc, "--PageSize", "50")
}

func describeSecurityGroups(v steps.Values, vpc string) runner.Command {
	return builtin(v, "ecs", "DescribeSecurityGroups", "--VpcId", vpc, "--MaxResults", "100")
}

func describeBalancer(v steps.Values, id string) runner.Command {
	return builtin(v, "nlb", "GetLoadBalancerAttribute", "--LoadBalancerId", id)
}

func describeNATGateways(v steps.Values, vpc string) runner.Command {
	return builtin(v, "vpc", "DescribeNatGateways", "--VpcId", vpc, "--NetworkType", "internet", "--PageSize", "50")
}

func describeSNATEntries(v steps.Values, nat string) runner.Command {
	return builtin(v, "vpc", "DescribeSnatTableEntries", "--NatGatewayId", nat, "--PageSize", "50")
}

// builtin builds a call in the CLI's own form: parameters in the API's spelling, the region a global flag.
func builtin(v steps.Values, product, operation string, words ...string) runner.Command {
	return call(v, append([]string{product, operation, "--region", v.One("region")}, words...)...)
}

// turn makes of a list's first call that of another page.
type turn func(c runner.Command, page, size int, token string) runner.Command

// The three ways in which lists are paged: plugin flags, API parameters with numbers, API parameters with tokens.
func pluginPages(c runner.Command, page, size int, _ string) runner.Command {
	return numbered(c, page, size)
}

func numberedPages(c runner.Command, page, _ int, _ string) runner.Command {
	if page == 1 {
		return c
	}
	return c.With("--PageNumber", strconv.Itoa(page))
}

func tokenPages(c runner.Command, _, _ int, token string) runner.Command {
	if token == "" {
		return c
	}
	return c.With("--NextToken", token)
}

// all reads a whole list through a filter of jq/network.
func all[T any](ctx context.Context, env *steps.Env, filter string, first runner.Command, next turn, key func(T) string) ([]T, error) {
	token := ""
	return steps.Pages(ctx, key, func(ctx context.Context, number, size int) (steps.Page[T], error) {
		page, err := one[steps.Page[T]](ctx, env, filter, next(first, number, size, token))
		if page.Next != nil {
			token = *page.Next
		}
		return page, err
	})
}

// one reads a single reply through a filter of jq/network.
func one[T any](ctx context.Context, env *steps.Env, filter string, c runner.Command) (T, error) {
	var none T
	res, err := env.Runner.Run(ctx, c)
	if err != nil {
		return none, err
	}
	return jq.Into[T]("network/"+filter, res.JSON, nil)
}

// missing is the error of a resource that is required and not there: how says how it was looked for.
func missing(code, message, how string, hints ...string) *steps.Error {
	return &steps.Error{Code: code, Exit: steps.ExitMissing, Message: fmt.Sprintf("%s (looked for with: %s)", message, how), Hints: hints}
}

// unfound is the error of a required look-up that failed: whether the resource exists is not known, and nothing can
// go on without it.
func unfound(what string, c runner.Command, err error) error {
	if fatal(err) {
		return err
	}
	failure := steps.FromCall(err)
	return &steps.Error{Code: "LookupFailed", Exit: steps.ExitMissing, Again: true, Err: err, RequestID: failure.RequestID, Detail: failure.Detail,
		Message: fmt.Sprintf("%s could not be looked up: %s: %s (with: %s)", what, failure.Code, failure.Message, words(c)), Hints: failure.Hints}
}

// words is a command in a message.
func words(c runner.Command) string {
	return "aliyun " + c.Args[0] + " " + c.Args[1]
}
