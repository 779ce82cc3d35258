package steps

// Status is how a step or a whole run ended, as it stands in the JSON document and the run record.
type Status string

// The statuses (design.md, Output).
const (
	Done              Status = "done"
	Skipped           Status = "skipped"
	Stopped           Status = "stopped"
	Blocked           Status = "blocked"
	Failed            Status = "failed"
	Incomplete        Status = "incomplete"
	NeedsConfirmation Status = "needs_confirmation"
	NeedsChoice       Status = "needs_choice"
)

// ExitCode is the process's exit status. The child's own is shown to people and never returned.
type ExitCode int

// The exit codes (design.md, Exit codes). 128+n stands for "ended by signal n".
const (
	ExitDone       ExitCode = 0
	ExitFailed     ExitCode = 1
	ExitUsage      ExitCode = 2
	ExitBlocked    ExitCode = 3
	ExitExists     ExitCode = 4
	ExitMissing    ExitCode = 5
	ExitInvalid    ExitCode = 6
	ExitConfirm    ExitCode = 7
	ExitChoice     ExitCode = 8
	ExitIncomplete ExitCode = 9
	ExitNoCLI      ExitCode = 10
	exitSignal     ExitCode = 128
)

// ExitCodes is the one list of exit codes: `aligate help exit-codes` prints it and a test compares the README.
var ExitCodes = []struct {
	Code    ExitCode
	Status  Status
	Meaning string
}{
	{ExitDone, Done, "done; or the service was created and a later read failed: the warnings say so"},
	{ExitFailed, Failed, "failed; nothing changed in the cloud, or what was made is released again"},
	{ExitUsage, Failed, "usage: a flag or parameter is wrong; every problem is named"},
	{ExitBlocked, Blocked, "blocked: a gate is missing, empty or stale, an earlier step has not run, or something unsettled stands in the way"},
	{ExitExists, Stopped, "stopped: the name exists"},
	{ExitMissing, Stopped, "stopped: a required resource does not exist"},
	{ExitInvalid, Failed, "what was given is invalid: service.json, or a script"},
	{ExitConfirm, NeedsConfirmation, "confirmation required; nothing changed"},
	{ExitChoice, NeedsChoice, "a choice is required; nothing changed"},
	{ExitIncomplete, Incomplete, "incomplete: something may have changed and is not confirmed; the message says how to find out and resume"},
	{ExitNoCLI, Failed, "aliyun is missing or unusable: not on PATH, no profile, broken configuration"},
	{exitSignal, Failed, "ended by signal n (128+n): 130 is Ctrl-C, 143 is SIGTERM"},
}

// statusOf returns the status that goes with an exit code.
func statusOf(code ExitCode) Status {
	if code > exitSignal {
		code = exitSignal
	}
	for _, row := range ExitCodes {
		if row.Code == code {
			return row.Status
		}
	}
	return Failed
}
