package flink

import (
	"slices"
	"strings"
	"testing"

	"aligate/fixtures/flinksim"
)

// common stands in every call behind the name of the API (facts A1, A6).
const common = "--region cn-hangzhou --connect-timeout 10 --read-timeout 60 --retry-count 0"

// The conformance test: what each operation sends, word for word, against the tables of facts C and H. A line that ends
// in a word of the API alone is the whole call; R stands for the region, in both of its places.
var conformance = []struct {
	fact, name, flags string
	// calls are the write and the price query, in the order in which they are sent; for a read, all calls.
	calls []string
}{
	{"C1", "describe-regions", "", []string{"DescribeSupportedRegions"}},
	{"C2", "describe-zones", "--region-id cn-hangzhou", []string{"DescribeSupportedZones --Region=R"}},
	{"C3, F1", "describe", "--region-id cn-hangzhou", []string{"DescribeInstances --Region=R --PageIndex=1 --PageSize=100"}},
	{"C3", "describe", "--region-id cn-hangzhou --instance-id f-cn-post", []string{"DescribeInstances --Region=R --PageIndex=1 --PageSize=100 --InstanceId=f-cn-post"}},
	{"C4, H", "create", "--region-id cn-hangzhou --name demo --instance-type PayAsYouGo --vpc-id vpc-1 --vswitch-id vsw-1 --cu-count 4 --confirm", []string{
		`QueryCreateInstancePrice --Region=R --ChargeType=POST --ResourceSpec={"Cpu":4,"MemoryGB":16}`,
		`CreateInstance --Region=R --InstanceName=demo --ChargeType=POST --VpcId=vpc-1 --VSwitchIds=["vsw-1"] --ResourceSpec={"Cpu":4,"MemoryGB":16} --Storage={"FullyManaged":true}`}},
	{"C4, F24, H", "create", "--region-id cn-hangzhou --name demo --instance-type Subscription --vpc-id vpc-1 --vswitch-id vsw-1 --cpu 2 --memory-gb 8 --period 3 --auto-renew --confirm", []string{
		`QueryCreateInstancePrice --Region=R --ChargeType=PRE --ResourceSpec={"Cpu":2,"MemoryGB":8} --Duration=3 --PricingCycle=Month --AutoRenew=true`,
		`CreateInstance --Region=R --InstanceName=demo --ChargeType=PRE --VpcId=vpc-1 --VSwitchIds=["vsw-1"] --ResourceSpec={"Cpu":2,"MemoryGB":8} --Storage={"FullyManaged":true} --Duration=3 --PricingCycle=Month --AutoRenew=true`}},
	{"C5, H", "modify-spec", "--region-id cn-hangzhou --instance-id f-cn-post --new-cu-count 12 --confirm-price", []string{
		`QueryModifyInstancePrice --Region=R --InstanceId=f-cn-post --ResourceSpec={"Cpu":12,"MemoryGB":48}`,
		`ModifyInstanceSpec --Region=R --InstanceId=f-cn-post --ResourceSpec={"Cpu":12,"MemoryGB":48}`}},
	{"C6", "delete", "--region-id cn-hangzhou --instance-id f-cn-post --force-confirmation", []string{"DeleteInstance --Region=R --InstanceId=f-cn-post"}},
	{"C7, H", "renew", "--region-id cn-hangzhou --instance-id f-cn-sub --period 3 --confirm", []string{
		"QueryRenewInstancePrice --Region=R --InstanceId=f-cn-sub --Duration=3 --PricingCycle=Month",
		"RenewInstance --Region=R --InstanceId=f-cn-sub --Duration=3 --PricingCycle=Month"}},
	{"C8, H", "convert", "--region-id cn-hangzhou --instance-id f-cn-post --target-type Subscription --period 1 --confirm-price", []string{
		`QueryConvertInstancePrice --Region=R --InstanceId=f-cn-post --Duration=1 --PricingCycle=Month --IsAutoRenew=false --NamespaceResourceSpecs=[{"Namespace":"pay-default","ResourceSpec":{"Cpu":1,"MemoryGB":4}}]`,
		`ConvertInstance --Region=R --InstanceId=f-cn-post --Duration=1 --PricingCycle=Month --IsAutoRenew=false --NamespaceResourceSpecs=[{"Namespace":"pay-default","ResourceSpec":{"Cpu":1,"MemoryGB":4}}]`}},
	{"C8, H", "convert", "--region-id cn-hangzhou --instance-id f-cn-sub --target-type PayAsYouGo --confirm-price", []string{
		"QueryConvertPrepayInstancePrice --Region=R --InstanceId=f-cn-sub",
		"ConvertPrepayInstance --Region=R --InstanceId=f-cn-sub"}},
	{"C9", "describe-namespaces", "--region-id cn-hangzhou --instance-id f-cn-post", []string{
		"DescribeInstances --Region=R --PageIndex=1 --PageSize=100 --InstanceId=f-cn-post",
		"DescribeNamespaces --Region=R --InstanceId=f-cn-post --PageIndex=1 --PageSize=100"}},
	{"C10", "create-namespace", "--region-id cn-hangzhou --instance-id f-cn-post --name team --cpu 2 --memory-gb 8 --confirm", []string{
		`CreateNamespace --Region=R --InstanceId=f-cn-post --Namespace=team --ResourceSpec={"Cpu":2,"MemoryGB":8}`}},
	{"C11", "modify-namespace-spec", "--region-id cn-hangzhou --instance-id f-cn-post --name pay-default --cpu 3 --memory-gb 12 --ha no --confirm", []string{
		`ModifyNamespaceSpecV2 --Region=R --InstanceId=f-cn-post --Namespace=pay-default --Ha=false --ElasticResourceSpec={"Cpu":3,"MemoryGB":12}`}},
	{"C11", "modify-namespace-spec", "--region-id cn-hangzhou --instance-id f-cn-sub --name sub-default --cpu 3 --memory-gb 12 --ha no --confirm", []string{
		`ModifyNamespaceSpecV2 --Region=R --InstanceId=f-cn-sub --Namespace=sub-default --Ha=false --GuaranteedResourceSpec={"Cpu":3,"MemoryGB":12}`}},
	{"C11", "modify-namespace-spec", "--region-id cn-hangzhou --instance-id f-cn-hybrid --name hybrid-default --cpu 3 --memory-gb 12 --guaranteed-cpu 1 --guaranteed-memory-gb 4 --ha 0 --confirm", []string{
		`ModifyNamespaceSpecV2 --Region=R --InstanceId=f-cn-hybrid --Namespace=hybrid-default --Ha=false --ElasticResourceSpec={"Cpu":3,"MemoryGB":12} --GuaranteedResourceSpec={"Cpu":1,"MemoryGB":4}`}},
	{"C12", "delete-namespace", "--region-id cn-hangzhou --instance-id f-cn-sub --name spare --confirm", []string{"DeleteNamespace --Region=R --InstanceId=f-cn-sub --Namespace=spare"}},
	{"C13, F22", "tag-resources", "--region-id cn-hangzhou --resource-type vvpinstance --resource-ids f-cn-post --tags env:prod,url:http://x:1 --confirm", []string{
		"TagResources --RegionId=R --ResourceType=vvpinstance --ResourceId.1=f-cn-post --Tag.1.Key=env --Tag.1.Value=prod --Tag.2.Key=url --Tag.2.Value=http://x:1"}},
	{"C13, A2", "tag-resources", "--region-id cn-hangzhou --resource-type vvpinstance --resource-ids f-cn-post --tags x:-x --confirm", []string{
		"TagResources --RegionId=R --ResourceType=vvpinstance --ResourceId.1=f-cn-post --Tag.1.Key=x --Tag.1.Value=-x"}},
	{"C14", "list-tags", "--region-id cn-hangzhou --resource-type vvpinstance --resource-ids f-cn-post,f-cn-sub", []string{
		"ListTagResources --RegionId=R --ResourceType=vvpinstance --ResourceId.1=f-cn-post --ResourceId.2=f-cn-sub"}},
	{"C15", "untag-resources", "--region-id cn-hangzhou --resource-type vvpinstance --resource-ids f-cn-sub --tag-keys old,older --confirm", []string{
		"UntagResources --RegionId=R --ResourceType=vvpinstance --ResourceId.1=f-cn-sub --TagKey.1=old --TagKey.2=older"}},
}

// account is the account of the conformance test: an instance of each kind of billing.
func account(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	b.sim.Settle = 0
	b.sim.AddInstance(flinksim.Instance{ID: "f-cn-post", Name: "pay", Charge: flinksim.Post})
	b.sim.AddInstance(flinksim.Instance{ID: "f-cn-sub", Name: "sub", Charge: flinksim.Pre})
	b.sim.AddInstance(flinksim.Instance{ID: "f-cn-hybrid", Name: "hybrid", Charge: flinksim.Pre, Elastic: true, ElasticSpec: flinksim.CU(10)})
	if err := b.sim.AddNamespace(flinksim.Namespace{Instance: "f-cn-sub", Name: "spare"}); err != nil {
		t.Fatal(err)
	}
	b.sim.SetTags("f-cn-sub", map[string]string{"old": "1", "older": "2", "kept": "3"})
	return b
}

func TestArgvConformance(t *testing.T) {
	t.Parallel()
	tested := map[string]bool{}
	for _, c := range conformance {
		tested[c.name] = true
		t.Run(c.name+" "+c.fact, func(t *testing.T) {
			t.Parallel()
			b := account(t)
			b.must(0, "", c.name, c.flags)
			var got []string
			for _, call := range b.sim.Calls() {
				if operationNamed(c.name).writes() && !call.Write && !strings.HasPrefix(call.API, "Query") {
					continue
				}
				got = append(got, strings.Join(call.Args, "\x00"))
			}
			var want []string
			for _, call := range c.calls {
				api, flags, _ := strings.Cut(call, " ")
				words := append([]string{"foasconsole", api}, strings.Fields(common)...)
				for _, flag := range strings.Fields(flags) {
					words = append(words, strings.Replace(flag, "=R", "=cn-hangzhou", 1))
				}
				want = append(want, strings.Join(words, "\x00"))
			}
			if !slices.Equal(got, want) {
				t.Errorf("sent\n%s\nwant\n%s", strings.ReplaceAll(strings.Join(got, "\n"), "\x00", " "), strings.ReplaceAll(strings.Join(want, "\n"), "\x00", " "))
			}
			b.clean()
		})
	}
	for i := range operations {
		if !tested[operations[i].name] {
			t.Errorf("operation %s has no row", operations[i].name)
		}
	}
	if len(operations) != 15 {
		t.Errorf("%d operations, the seed has fifteen", len(operations))
	}
}

// The profile stands behind everything else, and never in the place of a credential (facts A9).
func TestProfile(t *testing.T) {
	t.Parallel()
	c := cloud{region: "cn-hangzhou", profile: "team"}.read("DescribeInstances")
	if got := strings.Join(c.Args[len(c.Args)-2:], " "); got != "--profile team" {
		t.Errorf("the call ends in %q", got)
	}
}

// A value that begins with a hyphen or is empty, or a list, cannot become anything else (facts A2, A4, C3).
func TestValuesAreGlued(t *testing.T) {
	t.Parallel()
	c := cloud{region: "cn-hangzhou"}.write("X", pair{"A", "--force"}, pair{"B", ""}, pair{"C", "a b"})
	want := []string{"--Region=cn-hangzhou", "--A=--force", "--C=a b"}
	if got := c.Args[len(c.Args)-3:]; !slices.Equal(got, want) {
		t.Errorf("the call ends in %q, want %q", got, want)
	}
	if c.Most != 1 || c.Effect.String() != "mutates" {
		t.Errorf("a write is started %d times, and %s", c.Most, c.Effect)
	}
}
