package eas

import (
	"errors"
	"strings"

	"aligate/runner"
	"aligate/steps"
	"aligate/steps/eas/service"
)

// nlbFallback is what the procedure says of a service that was to have an NLB and got none (seed 000, step 4).
const nlbFallback = "NLB config failed due to CLI plugin limitation. Deployed with shared gateway instead."

// nlbBugMessages are what the service answers when the CLI's plugin loses the network on its way (eas-facts D2).
var nlbBugMessages = []string{"vswitch can not be null", "vpcId, vswId and securityGroupId are required"}

// nlbBug reports whether err is that defect. After an attempt without a clear answer it is not: then the chain
// ends, and somebody looks.
func nlbBug(err error) bool {
	var refused *steps.RefusedError
	if !errors.As(err, &refused) || refused.Doubted {
		return false
	}
	api := runner.API(refused.Err)
	if api == nil {
		return false
	}
	for _, message := range nlbBugMessages {
		if strings.Contains(api.Message, message) {
			return true
		}
	}
	return false
}

// sendWithFallback creates the service; with an NLB that the CLI's plugin cannot create, once more, and then without
// it. No more than three creates are sent: the second may be repeated after a lost answer, the third may not, and
// it comes only after two clear refusals.
func sendWithFallback(env *steps.Env, c collected, body string, send func(body string, attempts int) (steps.MutationResult[created], error)) (result steps.MutationResult[created], fellBack bool, err error) {
	result, err = send(body, 0)
	if !nlbBug(err) {
		return result, false, err
	}
	shared, ok, failed := service.WithoutNLB([]byte(body))
	if failed != nil || !ok {
		return result, false, err // the file lacks what the service asks for: it says so itself (eas-facts D3)
	}
	if result, err = send(body, 0); !nlbBug(err) {
		return result, false, err
	}
	if env.Values.Is("no-nlb-fallback") {
		failure := steps.FromCall(err)
		failure.Code = "NLBPluginBug"
		failure.Hints = []string{
			"the CLI's plugin loses the network of a service with an NLB; a newer aliyun-cli-eas may not: aliyun plugin update",
			"or create it on the shared gateway: " + env.Command("eas deploy --resume --no-nlb-fallback=false"),
		}
		return result, false, failure
	}
	if err := useShared(env, c, shared); err != nil {
		return result, false, err
	}
	if result, err = send(string(service.Body(shared)), 1); err != nil {
		return result, false, err
	}
	env.Warn("NLBFallback", "%s", nlbFallback)
	return result, true, nil
}

// useShared puts the description for the shared gateway in the place of service.json: validated, and known as this
// run's own.
func useShared(env *steps.Env, c collected, shared []byte) error {
	var b built
	if _, err := env.Output("build", &b); err != nil {
		return err
	}
	l, _ := readLists(env) // without them, fewer rules are compared
	if err := valid(env, shared, c, l, b.File); err != nil {
		return err
	}
	if err := writeService(env, b.File, shared); err != nil {
		return err
	}
	b.SHA256, b.Pattern, b.Fallback = sum(shared), "", true
	return env.Store("build", b)
}
