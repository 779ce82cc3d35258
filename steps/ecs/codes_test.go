package ecs

import (
	"errors"
	"testing"

	"aligate/runner"
)

// TestMade reads the replies of calls that make something: an id, or an error, never an empty one.
func TestMade(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		read  func(any) (string, error)
		reply any
		want  string
	}{
		{field("VpcId"), map[string]any{"VpcId": "vpc-1", "RequestId": "r"}, "vpc-1"},
		{field("VpcId"), map[string]any{"VpcId": ""}, ""},
		{field("VpcId"), map[string]any{"VpcId": 7}, ""},
		{field("VpcId"), map[string]any{"Code": "Throttling", "Message": "m"}, ""},
		{field("VpcId"), []any{}, ""},
		{field("VpcId"), nil, ""},
		{onlyInstance, instanceSet("i-1"), "i-1"},
		{onlyInstance, instanceSet(), ""},
		{onlyInstance, instanceSet("i-1", "i-2"), ""},
		{onlyInstance, instanceSet(""), ""},
		{onlyInstance, map[string]any{"InstanceIdSets": []any{"i-1"}}, ""},
		{onlyInstance, "i-1", ""},
	} {
		if got, err := c.read(c.reply); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%v: %q, %v", c.reply, got, err)
		}
	}
}

func instanceSet(ids ...any) any {
	return map[string]any{"InstanceIdSets": map[string]any{"InstanceIdSet": append([]any{}, ids...)}}
}

// TestMoves goes through the table of ecs-facts 4: what each code asks for.
func TestMoves(t *testing.T) {
	t.Parallel()
	api := func(code, message string) error {
		return &runner.ExitError{Result: runner.Result{ExitCode: 1}, API: &runner.APIError{Code: code, Message: message}}
	}
	for _, test := range []struct {
		err  error
		want move
	}{
		{api("OperationDenied.NoStock", ""), elsewhere},
		{api("OperationDenied", "The resource is out of stock in the zone."), elsewhere},
		{api("OperationDenied", "The operation is denied."), stop},
		{api("Zone.NotOnSale", ""), elsewhere},
		{api("InvalidInstanceType.NotSupported", ""), elsewhere},
		{api("InvalidInstanceType.NotSupportDiskCategory", ""), disk},
		{api("InvalidSystemDiskCategory.ValueNotSupported", ""), disk},
		{api("InvalidSystemDiskCategory.NotSupported", ""), disk}, // the seed's, which no public source has
		{api("RecommendEmpty.InstanceTypeSoldOut", ""), elsewhere},
		{api("PriceNotFound", ""), elsewhere},
		{api("QuotaExceed.ElasticQuota", ""), stop},
		{api("IncorrectInstanceStatus.Initializing", ""), later},
		{api("IncorrectVpcStatus", ""), later},
		{api("IdempotentProcessing", ""), later},
		{api("Forbbiden", ""), later},
		{api("DependencyViolation", ""), held},
		{api("DependencyViolation.NetworkInterface", ""), held},
		{api("Forbidden.VpcNotFound", ""), gone},
		{api("InvalidVSwitchId.NotFound", ""), gone},
		{api("InvalidVswitchID.NotFound", ""), gone},
		{api("InvalidInstanceId.NotFound", ""), gone},
		{api("InvalidCidrBlock.Overlapped", ""), overlap},
		{api("InvalidOperation.DeletionProtection", ""), protected},
		{api("Throttling.User", ""), later},
		{api("ServiceUnavailable", ""), later},
		{api("InternalError.Dispatch", ""), later},
		{api("Forbidden.RAM", "no stock, DependencyViolation"), stop}, // words prove nothing
		{api("InvalidAccessKeyId.NotFound", ""), stop},
		{api("InsufficientBalance", ""), stop},
		{errors.New("anything"), stop},
		{nil, stop},
	} {
		if got := moveOf(test.err); got != test.want {
			t.Errorf("%v asks for %q, want %q", test.err, got, test.want)
		}
	}
}

func TestQuota(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{"QuotaExceed.AfterpayInstance": true, "QuotaExceeded.Vpc": true, "InstanceLimitExceed": true, "Forbidden.RAM": false} {
		if got := overQuota(&runner.ExitError{API: &runner.APIError{Code: code}}); got != want {
			t.Errorf("%s: %v", code, got)
		}
	}
}
