package ecs

import (
	"errors"
	"testing"

	"aligate/runner"
)

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
