package eas

import (
	"context"

	"aligate/steps"
)

// network settles how the service is reached and where it runs. The shared gateway and the public resource group
// need no call; the other kinds belong to a later issue (networks and resource groups).
var network = steps.Step{
	Name:        "network",
	Summary:     "settle network and resource group",
	Description: "The shared gateway needs nothing: service.json has no networking fields.",
	Example:     "aligate eas network",
	Uses:        []string{"network", "resource"},
	Needs:       []string{"params"},
	Run:         runNetwork,
}

// networking is what later steps know from network.
type networking struct {
	Kind string `json:"kind"`
}

func runNetwork(_ context.Context, env *steps.Env) (steps.Outcome, error) {
	out := networking{Kind: env.Values.One("network")}
	return steps.Outcome{Summary: out.Kind + " gateway, public resource group", Data: out, Output: out}, nil
}
