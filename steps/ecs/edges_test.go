package ecs

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"aligate/fixtures/ecssim"
	"aligate/runner"
	"aligate/steps"
)

// TestProfileStays: what was made with a profile is released with it, and the command that goes on names it. In
// another account everything is "not found", and would pass for released.
func TestProfileStays(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	d.cloud.Profiles = []string{"default", "other"}
	r := d.do(steps.ExitConfirm, also([]string{"create", "profile=other"}, small...)...)
	if hints := strings.Join(r.Fault.Hints, " "); !strings.Contains(hints, "--profile other") {
		t.Errorf("it goes on with %s", hints)
	}
	run := data[account](t, d.do(steps.ExitDone, also([]string{"create", "profile=other", "confirm=true"}, small...)...)).Run
	d.before = func(_ int, c runner.Command) {
		if at := slices.Index(c.Args, "--profile"); at < 0 || c.Args[at+1] != "other" {
			t.Errorf("another account is asked: %v", c.Args)
		}
	}
	d.do(steps.ExitDone, "release", run, "confirm=true")
	d.clean()
}

// TestConfirmedOnce: one confirmation is one order. The same command sent twice, by a script or by somebody who saw no
// answer, buys one instance.
func TestConfirmedOnce(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	d.order(steps.ExitDone, also([]string{"create"}, small...)...)
	for _, confirmed := range []string{"confirm=true", "confirm-price=9"} {
		r := d.do(steps.ExitConfirm, also([]string{"create", confirmed}, small...)...)
		if !strings.Contains(r.Fault.Message, "has been ordered") && confirmed == "confirm=true" {
			t.Errorf("it says %s", r.Fault.Message)
		}
		d.do(steps.ExitDone, also([]string{"create", "confirm=true"}, small...)...) // offered again, and confirmed again
	}
	if made := d.cloud.Creates("RunInstances"); len(made) != 3 {
		t.Errorf("instances %v", made)
	}
}

// TestKeptByChoice: a run that becomes long-running by the user's choice is one in its ledger and its tags as well.
func TestKeptByChoice(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	d.choice, d.answers = new(int), []string{"yes"}
	*d.choice = 1
	script := d.write("serve.sh", "nohup ./server &\n")
	run := data[account](t, d.do(steps.ExitDone, also([]string{"run", script}, small...)...)).Run
	rows := data[[]runRow](t, d.do(steps.ExitDone, "runs"))
	if len(rows) != 1 || rows[0].State != "kept" || rows[0].Command != "up" {
		t.Errorf("runs: %+v", rows)
	}
	if d.last("CreateVpc")["Tag.2.Key"] != ownTag || len(d.cloud.Left(run)) != 4 {
		t.Errorf("its network is not marked as one that stays: %v", d.last("CreateVpc"))
	}
}

// TestCutOffBeforeItBegan: a ledger whose head did not get to the disk is one of a run that has made nothing. It keeps
// nobody from the runs beside it.
func TestCutOffBeforeItBegan(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	run := data[account](t, d.order(steps.ExitDone, also([]string{"create"}, small...)...)).Run
	d.write("state/ledgers-ecs/20200101T000000Z-000000.jsonl", "")
	d.write("state/ledgers-ecs/20200101T000001Z-000000.jsonl", `{"ledger":1,"run":"2020`)
	if rows := data[[]runRow](t, d.do(steps.ExitDone, "runs", "all=true")); len(rows) != 1 {
		t.Errorf("runs: %+v", rows)
	}
	d.do(steps.ExitDone, "release", run, "confirm=true")
	d.clean()
	// One that says something unreadable may speak of something that is there.
	d.write("state/ledgers-ecs/20200101T000002Z-000000.jsonl", "{\n")
	d.do(steps.ExitBlocked, "runs")
}

// TestReleaseNames: what is left is said of the runs that have left it, with a command that goes on with all of them;
// and what stays is not passed over in silence.
func TestReleaseNames(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	ended := data[account](t, d.order(steps.ExitDone, also([]string{"run", d.path("job.sh")}, small...)...)).Run
	d.cloud.Faults = []ecssim.Fault{{API: "DeleteInstances", Kind: "forbidden"}}
	var open []string
	for range 2 {
		open = append(open, data[account](t, d.order(steps.ExitIncomplete, also([]string{"run", d.path("job.sh")}, small...)...)).Run)
	}
	d.said = nil
	r := d.do(steps.ExitIncomplete, "release")
	if hint := r.Fault.Hints[0]; strings.Contains(r.Fault.Message, ended) || !strings.Contains(r.Fault.Message, open[0]) || !strings.Contains(r.Fault.Message, open[1]) || !strings.HasSuffix(hint, "ecs release") {
		t.Errorf("%s: %s", r.Fault.Message, hint)
	}
	if said := strings.Join(d.said, "\n"); strings.Count(said, "could not be released") != 2 {
		t.Errorf("a release that has left something is shown as done:\n%s", said)
	}
	r = d.do(steps.ExitIncomplete, "release", open[1])
	if hint := r.Fault.Hints[0]; strings.Contains(r.Fault.Message, open[0]) || !strings.HasSuffix(hint, "ecs release "+open[1]) {
		t.Errorf("%s: %s", r.Fault.Message, hint)
	}
	d.cloud.Faults = nil
	d.do(steps.ExitDone, "release")
	d.clean()
	kept := data[account](t, d.order(steps.ExitDone, also([]string{"create"}, small...)...)).Run
	if text := d.do(steps.ExitDone, "release").Text(); !strings.Contains(text, kept) {
		t.Errorf("an instance is billed, and it says %q", text)
	}
}

// TestDiskFull: from some call on, the ledger cannot be written any more. What is there at the end is named all the
// same, with its id, and a later release finds it.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"run", "run stuck", "create"} {
		for n := 1; n <= 60; n++ {
			t.Run(fmt.Sprint(command, n), func(t *testing.T) {
				t.Parallel()
				d := newTrial(t, 0)
				command, stuck := strings.CutSuffix(command, " stuck")
				if stuck {
					d.cloud.Faults = []ecssim.Fault{{API: "DeleteInstances", Kind: "forbidden"}}
				}
				words := also([]string{command}, small...)
				if command == "run" {
					words = also([]string{command, d.path("job.sh")}, small...)
				}
				d.do(steps.ExitConfirm, words...)
				away := func() {}
				d.before = func(at int, _ runner.Command) {
					if at == n {
						away = d.noLedgers()
					}
				}
				r := d.try(t.Context(), append(words, "confirm=true")...)
				away()
				for _, left := range d.cloud.Left("") {
					if command == "create" && r.Fault == nil {
						continue // kept, and all of that was written before
					}
					if r.Fault == nil || r.ExitCode != steps.ExitIncomplete || !strings.Contains(r.Fault.Changed, left.ID) {
						t.Errorf("%s %s is there, and it says %d %v", left.Kind, left.ID, r.ExitCode, r.Error)
					}
				}
				d.before, d.cloud.Faults = nil, nil
				d.do(steps.ExitDone, "release")
				for _, row := range data[[]runRow](t, d.do(steps.ExitDone, "runs")) {
					d.do(steps.ExitDone, "release", row.Run, "confirm=true")
				}
				d.clean()
			})
		}
	}
}

// noLedgers makes it impossible to write a ledger, for whichever user, until what it returns is called.
func (d *trial) noLedgers() func() {
	there, aside := d.path("state/ledgers-ecs"), d.path("state/aside")
	moved := os.Rename(there, aside) == nil
	d.write("state/ledgers-ecs", "")
	return func() {
		_ = os.Remove(there)
		if moved {
			_ = os.Rename(aside, there)
		}
	}
}

// TestKeptNothing: a run that is to keep what it made, and made nothing, says so.
func TestKeptNothing(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	d.cloud.Quotas["vpc"] = 0
	r := d.order(steps.ExitMissing, also([]string{"run", d.path("job.sh"), "keep-on-failure=true"}, small...)...)
	if r.Fault.Changed != "" {
		t.Errorf("it says %q", r.Fault.Changed)
	}
	// A thing that may be there, for an answer that was lost, is not nothing.
	d = newTrial(t, 0)
	d.cloud.Faults = []ecssim.Fault{{API: "CreateVpc", Kind: "timeout"}, {API: "DescribeVpcs", Nth: 2, Kind: "forbidden"}}
	r = d.order(steps.ExitIncomplete, also([]string{"run", d.path("job.sh"), "keep-on-failure=true"}, small...)...)
	if !strings.Contains(r.Fault.Changed, "may exist") {
		t.Errorf("it says %q", r.Fault.Changed)
	}
	d.cloud.Faults = nil
	d.do(steps.ExitDone, "release")
	d.clean()
}

// TestExecSaysWhatRan: on an instance that stays, a script that was started has changed something, however it ended.
func TestExecSaysWhatRan(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	made := data[account](t, d.order(steps.ExitDone, also([]string{"create"}, small...)...))
	bad := d.write("bad.sh", "echo a\n# sim: exit 3\n")
	if r := d.do(steps.ExitFailed, "exec", made.Instance, bad, "region=cn-hangzhou"); !strings.Contains(r.Fault.Changed, made.Instance) {
		t.Errorf("after a script that failed it says %q", r.Fault.Changed)
	}
	for _, api := range []string{"DescribeInvocations", "DescribeInvocationResults"} {
		d.cloud.Faults = []ecssim.Fault{{API: api, Kind: "forbidden"}}
		r := d.do(steps.ExitIncomplete, "exec", made.Instance, d.path("job.sh"), "region=cn-hangzhou")
		if !strings.Contains(r.Fault.Changed, "t-bp1") || !strings.Contains(strings.Join(r.Fault.Hints, " "), "ecs invocations --region cn-hangzhou --invoke-id t-bp1") {
			t.Errorf("%s: it says %q %q", api, r.Fault.Changed, r.Fault.Hints)
		}
	}
	d.cloud.Faults = nil
	ctx, stop := context.WithCancelCause(t.Context())
	defer stop(nil)
	d.before = func(_ int, c runner.Command) {
		if c.Args[1] == "DescribeInvocations" {
			stop(steps.Signal{Number: syscall.SIGINT})
		}
	}
	r := d.try(ctx, "exec", made.Instance, d.path("job.sh"), "region=cn-hangzhou")
	if r.ExitCode != 130 || !strings.Contains(r.Fault.Changed, made.Instance) || d.count("StopInvocation") != 1 {
		t.Errorf("interrupted: %d %v, changed %q", r.ExitCode, r.Fault, r.Fault.Changed)
	}
	// What is no text is not shown as if it were nothing.
	d.before = nil
	d.do(steps.ExitDone, "release", made.Run, "confirm=true")
	d.clean()
	if text := (execution{Base64: []byte{0xff}}).text(); !strings.Contains(text, "1 bytes that are no text") {
		t.Errorf("it shows %q", text)
	}
}

// TestVanishedIsNotKept: an instance that was accepted and is gone is none of those that a long-running command keeps.
func TestVanishedIsNotKept(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	o := d.do(steps.ExitConfirm, also([]string{"create"}, small...)...).Fault.Details.(ordered).Offer.Order
	d.cloud.Zone(o.Region, o.Zone).Stock[o.InstanceType] = -1
	got := data[account](t, d.do(steps.ExitDone, also([]string{"create", "confirm=true"}, small...)...))
	var running []string
	for _, r := range got.Resources {
		if r.Kind == "instance" && r.State == "running" {
			running = append(running, r.ID)
		}
	}
	if len(running) != 1 || running[0] != got.Instance {
		t.Errorf("one instance runs, and these are shown: %v", running)
	}
	d.do(steps.ExitDone, "release", got.Run, "confirm=true")
	d.clean()
}

// TestInvocationListedLate: an invocation that the lists do not show for a while is not one that does not exist.
func TestInvocationListedLate(t *testing.T) {
	t.Parallel()
	for _, api := range []string{"DescribeInvocations", "DescribeInvocationResults"} {
		d := newTrial(t, 0)
		var hidden []*ecssim.Invocation
		looks := 0
		d.before = func(_ int, c runner.Command) {
			if hidden != nil {
				d.cloud.Invocations, hidden = hidden, nil
			}
			if c.Args[1] == api && looks < 4 {
				hidden, d.cloud.Invocations = d.cloud.Invocations, nil
				looks++
			}
		}
		got := data[account](t, d.order(steps.ExitDone, also([]string{"run", d.path("job.sh")}, small...)...))
		if looks != 4 || got.Script.Output != "hello\n" {
			t.Errorf("%s: %d looks, %+v", api, looks, got.Script)
		}
		d.clean()
	}
}

// TestPinnedDisk: the command that goes on after a change of plan orders what was offered, to the disk's performance.
func TestPinnedDisk(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	for n := range 3 {
		d.cloud.Faults = append(d.cloud.Faults, ecssim.Fault{API: "RunInstances", Nth: n + 1, Kind: "no-stock"})
	}
	r := d.order(steps.ExitConfirm, also([]string{"run", d.path("job.sh"), "disk-performance=PL2"}, small...)...)
	if hints := strings.Join(r.Fault.Hints, " "); !strings.Contains(hints, "--disk-performance PL2") {
		t.Errorf("it goes on with %s", hints)
	}
	d.clean()
}

// TestBlindToGroups: an account that may delete security groups and not list them releases them all the same
// (ecs-facts 5, 39).
func TestBlindToGroups(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	d.cloud.Faults = []ecssim.Fault{{API: "DescribeSecurityGroups", Kind: "forbidden"}}
	r := d.order(steps.ExitDone, also([]string{"run", d.path("job.sh")}, small...)...)
	for _, row := range data[account](t, r).Resources {
		if row.State != "released" || row.Kind == "security-group" && !strings.Contains(row.Note, "DescribeSecurityGroups") {
			t.Errorf("%+v", row)
		}
	}
	d.clean()
	// Where even the delete is refused, nothing is called released.
	d = newTrial(t, 0)
	d.cloud.Faults = []ecssim.Fault{{API: "DescribeSecurityGroups", Kind: "forbidden"}, {API: "DeleteSecurityGroup", Kind: "forbidden"}}
	r = d.order(steps.ExitIncomplete, also([]string{"run", d.path("job.sh")}, small...)...)
	d.named(r)
}

// TestBlindToInstances: nothing is called released that cannot be looked up, if it costs.
func TestBlindToInstances(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	d.cloud.Faults = []ecssim.Fault{{API: "DescribeInstances", Kind: "forbidden"}}
	r := d.order(steps.ExitIncomplete, also([]string{"run", d.path("job.sh")}, small...)...)
	d.named(r)
	d.cloud.Faults = nil
	d.do(steps.ExitDone, "release")
	d.clean()
}

// TestWhyNot: the one reason why a type cannot be ordered stands in the message.
func TestWhyNot(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	if r := d.do(steps.ExitMissing, "find", "type=ecs.c9.nothing", "region=cn-hangzhou"); !strings.Contains(r.Fault.Message, "not in the catalogue") {
		t.Errorf("it says %s", r.Fault.Message)
	}
}

// TestSecondSignal: whoever asks twice to stop gets what is left, by id, in place of the release.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	d.do(steps.ExitConfirm, also([]string{"run", d.path("job.sh")}, small...)...)
	abort, aborted := context.WithCancelCause(t.Context())
	ctx, stop := context.WithCancelCause(runner.WithAbort(t.Context(), abort))
	defer stop(nil)
	defer aborted(nil)
	signal := steps.Signal{Number: syscall.SIGINT}
	d.before = func(_ int, c runner.Command) {
		switch c.Args[1] {
		case "RunCommand":
			stop(signal)
		case "DeleteInstances":
			if ctx.Err() != nil {
				aborted(signal)
			}
		}
	}
	r := d.try(ctx, also([]string{"run", d.path("job.sh"), "confirm=true"}, small...)...)
	if r.ExitCode != steps.ExitIncomplete || len(d.cloud.Left("")) == 0 {
		t.Errorf("ended with %d: %v; left %v", r.ExitCode, r.Fault, d.cloud.Left(""))
	}
	d.before = nil
	d.named(r)
	d.do(steps.ExitDone, "release")
	d.clean()
}

// TestQuotaHints: who has no room for another VPC is told once how to do without one.
func TestQuotaHints(t *testing.T) {
	t.Parallel()
	for what, want := range map[string]string{"vpc": "--vpc-id", "instance": "higher quota"} {
		d := newTrial(t, 0)
		d.cloud.Quotas[what] = 0
		r := d.order(steps.ExitMissing, also([]string{"run", d.path("job.sh")}, small...)...)
		if hints := strings.Join(r.Fault.Hints, "\n"); !strings.Contains(hints, want) || strings.Count(r.Fault.Message, "quota of the account") != 1 {
			t.Errorf("%s: %s: %s", what, r.Fault.Message, hints)
		}
	}
}

// TestGroupInUse: a security group that was not deleted because somebody is in it is not this command's from then on.
func TestGroupInUse(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	made := data[account](t, d.order(steps.ExitDone, also([]string{"create"}, small...)...))
	group := made.Resources[1].ID
	r := d.do(steps.ExitFailed, "sg delete", group, "region=cn-hangzhou", "confirm=true")
	if !strings.Contains(r.Fault.Message, made.Instance) || !strings.Contains(r.Text(), group) {
		t.Errorf("it says %v\n%s", r.Fault, r.Text())
	}
	if rows := data[[]runRow](t, d.do(steps.ExitDone, "runs")); len(rows) != 1 || rows[0].Run != made.Run {
		t.Errorf("runs: %+v", rows)
	}
	d.do(steps.ExitDone, "release", made.Run, "confirm=true")
	d.clean()
}

// TestUndone: a failure that might have changed something has changed nothing once everything is released; what stays
// behind it for somebody else's sake is named.
func TestUndone(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	d.cloud.Faults = []ecssim.Fault{{API: "RunCommand", Kind: "missing-id"}}
	r := d.order(steps.ExitFailed, also([]string{"run", d.path("job.sh")}, small...)...)
	if r.Error.Changed != steps.NothingChanged {
		t.Errorf("all is released, and it says %q", r.Error.Changed)
	}
	d.clean()
	d = newTrial(t, 0)
	stranger := ""
	d.before = func(_ int, c runner.Command) {
		if c.Args[1] == "RunCommand" && stranger == "" {
			in := d.last("RunInstances")
			stranger, _ = d.cloud.Add("instance", map[string]string{"region": "cn-hangzhou", "vswitch": in["VSwitchId"], "security-group": in["SecurityGroupId"], "type": in["InstanceType"]})
		}
	}
	r = d.order(steps.ExitFailed, also([]string{"run", d.write("job.sh", "echo x\n# sim: exit 3\n")}, small...)...)
	if !strings.Contains(r.Error.Changed, stranger) || !strings.Contains(r.Error.Changed, "vpc-") {
		t.Errorf("its network stays, and it says %q", r.Error.Changed)
	}
	d.careful()
}

// TestGoneAlready: what somebody else has released is not there, and the summary does not call that our work.
func TestGoneAlready(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	got := data[account](t, d.order(steps.ExitDone, also([]string{"create"}, small...)...))
	if err := d.cloud.Remove(got.Instance); err != nil {
		t.Fatal(err)
	}
	d.cloud.Advance(time.Hour)
	rows := data[[]resource](t, d.do(steps.ExitDone, "release", got.Run, "confirm=true"))
	for _, row := range rows {
		if gone := row.Kind == "instance"; (row.Note == "was not there any more") != gone || row.State != "released" {
			t.Errorf("%+v", row)
		}
	}
	d.clean()
}

// TestOneDamagedLedger: a file that nobody can read is told, and keeps nobody from releasing the other runs.
func TestOneDamagedLedger(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	d.cloud.Faults = []ecssim.Fault{{API: "DeleteInstances", Kind: "forbidden"}}
	cut := data[account](t, d.order(steps.ExitIncomplete, also([]string{"run", d.path("job.sh")}, small...)...))
	d.cloud.Faults = nil
	stays := data[account](t, d.order(steps.ExitDone, also([]string{"create"}, small...)...))
	d.write("state/ledgers-ecs/x.jsonl", "{\n")
	r := d.do(steps.ExitBlocked, "runs")
	if rows := data[[]runRow](t, r); len(rows) != 2 || r.Fault.Code != "LedgerDamaged" {
		t.Errorf("%v %v", rows, r.Fault)
	}
	r = d.do(steps.ExitBlocked, "release")
	if len(d.cloud.Left(cut.Run)) > 0 || r.Fault.Code != "LedgerDamaged" || !strings.Contains(r.Fault.Changed, "released") {
		t.Errorf("%v %v", d.cloud.Left(cut.Run), r.Fault)
	}
	if r = d.do(steps.ExitDone, "release", stays.Run, "confirm=true"); len(r.Warnings) == 0 {
		t.Error("nothing was said of the damaged one")
	}
	d.do(steps.ExitBlocked, "release", "20200101T000000Z-000000")
	d.clean()
}
