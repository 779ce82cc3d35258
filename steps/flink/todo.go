package flink

import (
	"aligate/steps"
	"context"
)

var namespaceName = steps.Param{Name: "name", Required: true, Check: checkName, Usage: "`NAME` of the namespace"}
var tagsFlag = steps.Param{Name: "tags", Required: true, Repeat: true, Usage: "`TAGS`: key:value, with commas between them"}

func none(v steps.Values) []steps.Problem                              { return nil }
func stub(ctx context.Context, c cloud, v steps.Values) (*plan, error) { return nil, wrong(nil) }

var planModifySpec, planRenew, planConvert, planCreateNamespace, planModifyNamespace, planDeleteNamespace, planTag, planUntag = stub, stub, stub, stub, stub, stub, stub, stub
var convertProblems, modifyNamespaceProblems, tagProblems, untagProblems = none, none, none, none
var lifecycle = steps.Tool{Name: "lifecycle", Run: func(ctx context.Context, env *steps.Env) (steps.Outcome, error) { return steps.Outcome{}, nil }}
var lifecycleCreate = steps.Tool{Name: "lifecycle create", Run: lifecycle.Run}
var batch = steps.Tool{Name: "batch", Run: lifecycle.Run}
var diagnose = steps.Tool{Name: "diagnose", Run: lifecycle.Run}
