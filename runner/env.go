package runner

import (
	"slices"
	"strings"
)

// The environment of the child is a policy: what is forced, what never passes, and what passes only on request.
// Everything else, credentials and proxies among it, passes as it is. Sources: design.md, eas-facts E.1, E.3, E.5.
var (
	envForced = []string{
		// Only "1" and "true" turn the CLI's colours off; stderr is coloured even into a file.
		"NO_COLOR=1",
		// Else the CLI repeats calls on its own, creates among them, and attempts cannot be counted.
		"ALIBABA_CLOUD_THROTTLING_RETRY_ENABLED=false",
	}
	envDropped = []string{
		"DEBUG",                   // DEBUG=sdk prints signed requests to stdout
		"COMP_LINE", "COMP_POINT", // turn the call into a shell completion
		"GENERATE_METADATA",
	}
	envMock = "ALIBABA_CLOUD_CLI_MOCK" // and everything that begins with it
)

// childEnv returns the environment for the child, made of the parent's. allowMock lets the variables of the
// official CLI's own mock mode pass.
func childEnv(parent []string, allowMock bool) []string {
	forced := func(name string) bool {
		return slices.ContainsFunc(envForced, func(f string) bool { return strings.HasPrefix(f, name+"=") })
	}
	env := make([]string, 0, len(parent)+len(envForced))
	for _, entry := range parent {
		name, _, _ := strings.Cut(entry, "=")
		switch {
		case forced(name), slices.Contains(envDropped, name):
		case strings.HasPrefix(name, envMock) && !allowMock:
		default:
			env = append(env, entry)
		}
	}
	return append(env, envForced...)
}
