package ecs

import (
	"context"
	"fmt"
	"strings"

	"aligate/runner"
	"aligate/steps"
)

// preflight finds out, before anything is made, whether the user's own safety policy of the CLI would let it be
// deleted again (ecs-facts 1.2). The CLI checks the policy before it looks at --dryrun, which sends nothing.
func (w *work) preflight(ctx context.Context) error {
	for _, kind := range things {
		c := call(w.profile, w.region, kind.product, kind.delete, append([]pair{{kind.idParam, "preflight"}}, kind.more...)...).With("--dryrun")
		c.JSON = false
		if _, err := w.env.Runner.Run(ctx, c); err != nil {
			if runner.ClassOf(err) != runner.Policy {
				return err
			}
			return &steps.Error{Code: "SafetyPolicy", Exit: steps.ExitBlocked, Err: err,
				Message: fmt.Sprintf("the CLI's safety policy does not let %s through: what would be created could not be released (%s)", kind.delete, strings.TrimSpace(runner.Stderr(err))),
				Hints:   []string{"look at it: aliyun configure safety-policy", "allow " + kind.product + ":" + kind.delete + " there, then run the same command again"}}
		}
	}
	return nil
}
