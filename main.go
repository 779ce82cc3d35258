// How many processors the container grants does not matter to a program that waits for a child; finding out costs
// a tenth of the start.
//
//go:debug containermaxprocs=0

// Command aligate drives the official aliyun CLI step by step, behind gates. See README.md.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/google/shlex"

	"aligate/fixtures"
	"aligate/fixtures/tools"
	"aligate/runner"
	"aligate/steps"
	"aligate/steps/cmdline"
	"aligate/steps/eas"
	"aligate/steps/ecs"
	"aligate/steps/flink"
)

// version is set by the build: -ldflags "-X main.version=v1.2.3".
var version = "dev"

// now and sleep are the clock of everything that waits for the cloud. Scripts of the tests let it run faster.
var (
	now   = time.Now
	sleep = runner.Sleep
)

func main() { os.Exit(run()) }

// run is main without the exit, so that deferred calls run.
func run() int {
	if filepath.Base(os.Args[0]) == "aliyun" && os.Getenv(fixtures.FakeEnv) != "" {
		return fixtures.Fake(os.Args[1:], os.Stdout, os.Stderr) // aligate fixtures fake
	}
	// One command allocates a few MiB and ends: collecting garbage costs more than it gives back. The limit is
	// for replies of unusual size.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(256 << 20)

	ctx, stop := signals()
	defer stop()
	app := &cmdline.App{
		Version: version,
		Stdin:   os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Terminal: cmdline.IsTerminal(os.Stderr), StdinTerminal: cmdline.IsTerminal(os.Stdin),
		Environ:   os.Environ(),
		Clock:     now,
		Sleep:     sleep,
		Rand:      rand.Reader,
		Workflows: []*steps.Workflow{eas.Workflow, ecs.Workflow, flink.Workflow, tools.Workflow},
		Compose:   compose,
		Demos: []cmdline.Demo{{
			Name: "eas", Usage: "deploy a vLLM service on the shared gateway", Commands: [][]string{eas.DemoArgs},
			Extract: func(dir string) error { return fixtures.Extract("eas-deploy", dir) },
		}, {
			Name: "ecs", Usage: "run a script on a new instance, from the price to the clean-up", Commands: ecs.DemoCommands, Files: ecs.DemoFiles,
			Extract: func(dir string) error { return fixtures.Extract("ecs-run", dir) },
		}, {
			Name: "flink", Usage: "an instance from its purchase to the proof that it is gone", Commands: [][]string{flink.DemoArgs},
			Extract: func(dir string) error { return fixtures.Extract("flink-lifecycle", dir) },
		}},
	}
	return int(app.Run(ctx, os.Args))
}

// compose stacks the runner of one command. Live: Retry(Trace(Check(Recorder?(Exclusive(Exec))))); replay:
// Retry(Trace(Check(Player))), where no process can start. Trace stands below Retry, so that the journal has
// every process, and Check below Trace, so that it has what became of each.
func compose(set cmdline.Settings, hooks cmdline.Hooks) (cmdline.Source, error) {
	source, err := source(set, hooks)
	if err != nil {
		return source, err
	}
	source.Runner = &runner.Retry{
		Runner: &runner.Trace{Runner: runner.Check{Runner: source.Runner}, Before: hooks.Before, After: hooks.After},
		Sleep: func(ctx context.Context, d time.Duration) error {
			if set.Replay != "" {
				return nil
			}
			return sleep(ctx, time.Duration(float64(d)*min(set.Scale, 1)))
		},
		Notify: hooks.Retry,
	}
	return source, nil
}

// source is what answers: a recording, or aliyun.
func source(set cmdline.Settings, hooks cmdline.Hooks) (cmdline.Source, error) {
	if set.Replay != "" {
		return replay(set, hooks)
	}
	path, prefix, err := aliyun()
	if err != nil {
		return cmdline.Source{}, err
	}
	stateDir, err := filepath.Abs(set.StateDir)
	if err != nil {
		return cmdline.Source{}, err
	}
	live := &runner.Exclusive{
		Path:  lockPath(),
		Users: &runner.Users{Dir: filepath.Join(filepath.Dir(lockPath()), "ai-mode"), Name: stateDir, Now: time.Now, Stays: hooks.Stays},
		Runner: &runner.Exec{
			Path: path, Prefix: prefix, Scale: set.Scale,
			Env: os.Environ(), AllowMock: os.Getenv("ALIGATE_ALLOW_MOCK") == "1",
		},
	}
	if set.Record == "" {
		return cmdline.Source{Runner: live}, nil
	}
	return record(live, set, hooks)
}

// replay answers from a recording. A command that begins a run begins the recording; others go on where the last
// one stopped.
func replay(set cmdline.Settings, hooks cmdline.Hooks) (cmdline.Source, error) {
	recording, err := fixtures.Load(set.Replay)
	if err != nil {
		return cmdline.Source{}, &steps.Error{Code: "RecordingUnreadable", Exit: steps.ExitUsage, Message: err.Error(), Err: err}
	}
	masks := &fixtures.Masker{Extra: set.Redact}
	teachEnvironment(masks)
	player := &fixtures.Player{Recording: recording, Masker: masks, Cursor: filepath.Join(set.StateDir, "replay.json")}
	if !hooks.Begins {
		player.Seek()
	}
	return cmdline.Source{Runner: player, Finish: func(over bool) error {
		if err := player.Keep(); err != nil {
			return err
		}
		if err := player.Drifted(); err != nil {
			return steps.FromCall(err)
		}
		if err := player.Unused(); over && err != nil {
			return &steps.Error{Code: "RecordingUnused", Exit: steps.ExitFailed, Message: err.Error(), Err: err, Hints: []string{steps.RecordAgain}}
		}
		return nil
	}}, nil
}

// record keeps every call, and saves them when the command has ended.
func record(live runner.Runner, set cmdline.Settings, hooks cmdline.Hooks) (cmdline.Source, error) {
	if err := fixtures.CanRecord(set.Record); err != nil {
		return cmdline.Source{}, steps.Usage(steps.Problem{Where: "--record", What: err.Error()})
	}
	masks, err := fixtures.LoadMasks(filepath.Join(set.StateDir, "masks.json"))
	if err != nil {
		return cmdline.Source{}, err
	}
	masks.Extra = set.Redact
	teachEnvironment(masks)
	recorder := &fixtures.Recorder{Runner: live, Masker: masks}
	return cmdline.Source{Runner: recorder, Finish: func(bool) error {
		for _, value := range hooks.Redactor.Values() {
			masks.Teach(value)
		}
		if err := recorder.Save(set.Record, "recorded with aligate "+version+"; secrets, accounts and request ids are placeholders"); err != nil {
			return unrecorded(err)
		}
		if err := masks.Save(filepath.Join(set.StateDir, "masks.json")); err != nil {
			return unrecorded(err)
		}
		return nil
	}}, nil
}

// unrecorded is the error of a command that has done its work and could not record it.
func unrecorded(err error) error {
	hint := steps.MakeRoom(err, "name another directory with --record")
	var survived *fixtures.SecretSurvivedError
	if errors.As(err, &survived) {
		hint = "record again, with a --redact REGEX that takes it out"
	}
	return &steps.Error{Code: "RecordingFailed", Exit: steps.ExitFailed, Message: err.Error(), Err: err,
		Changed: "what the command itself did stands", Hints: []string{hint}}
}

// teachEnvironment makes masks take out the secrets of the environment. A short number is none: it would take
// ordinary ids with it.
func teachEnvironment(masks *fixtures.Masker) {
	for _, entry := range os.Environ() {
		if name, value, _ := strings.Cut(entry, "="); runner.SecretName(name) && strings.Trim(value, "0123456789") != "" {
			masks.Teach(value)
		}
	}
}

// aliyun finds the program: the command in ALIGATE_ALIYUN, else aliyun on PATH. That it is missing comes out
// when it is first needed.
func aliyun() (path string, prefix []string, err error) {
	words := []string{"aliyun"}
	if custom := os.Getenv("ALIGATE_ALIYUN"); custom != "" {
		if words, err = shlex.Split(custom); err != nil || len(words) == 0 {
			return "", nil, steps.Usage(steps.Problem{Where: "ALIGATE_ALIYUN", What: fmt.Sprintf("%q is not a command", custom)})
		}
	}
	if path, err = exec.LookPath(words[0]); err != nil {
		path = words[0]
	}
	return path, words[1:], nil
}

// lockPath is the lock that all runs of the machine user share.
func lockPath() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = filepath.Join(os.TempDir(), fmt.Sprintf("aligate-%d", os.Getuid()))
	}
	return filepath.Join(cache, "aligate", "cli.lock")
}

// signals returns a context that ends with the first SIGINT, SIGTERM or SIGHUP, and carries a second one that
// ends with the second.
func signals() (context.Context, func()) {
	abort, aborted := context.WithCancelCause(context.Background())
	ctx, ended := context.WithCancelCause(runner.WithAbort(context.Background(), abort))
	received := make(chan os.Signal, 2)
	signal.Notify(received, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		for sig := range received {
			number, _ := sig.(syscall.Signal)
			if ctx.Err() != nil {
				aborted(steps.Signal{Number: number})
			}
			ended(steps.Signal{Number: number})
		}
	}()
	return ctx, func() { signal.Stop(received) }
}
