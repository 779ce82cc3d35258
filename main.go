// How many processors the container grants does not matter to a program that waits for a child; finding out costs
// a tenth of the start.
//
//go:debug containermaxprocs=0

// Command aligate drives the official aliyun CLI step by step, behind gates. See README.md.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/google/shlex"

	"aligate/fixtures"
	"aligate/runner"
	"aligate/steps"
	"aligate/steps/cmdline"
	"aligate/steps/eas"
)

// version is set by the build: -ldflags "-X main.version=v1.2.3".
var version = "dev"

func main() { os.Exit(run()) }

// run is main without the exit, so that deferred calls run.
func run() int {
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
		Clock:     time.Now,
		Rand:      rand.Reader,
		Workflows: []*steps.Workflow{eas.Workflow},
		Compose:   compose,
		Demos: []cmdline.Demo{{
			Name: "eas", Usage: "deploy a vLLM service on the shared gateway", Args: eas.DemoArgs,
			Extract: func(dir string) error { return fixtures.Extract("eas-deploy", dir) },
		}},
	}
	return int(app.Run(ctx, os.Args))
}

// compose stacks the runner of one command. Live: Retry(Trace(Check(Exclusive(Exec)))); replay:
// Retry(Trace(Check(Player))), where no process can start. Trace stands below Retry, so that the journal has
// every process, and Check below Trace, so that it has what became of each.
func compose(set cmdline.Settings, hooks cmdline.Hooks) (runner.Runner, error) {
	source, err := source(set)
	if err != nil {
		return nil, err
	}
	return &runner.Retry{
		Runner: &runner.Trace{Runner: runner.Check{Runner: source}, Before: hooks.Before, After: hooks.After},
		Sleep: func(ctx context.Context, d time.Duration) error {
			if set.Replay != "" {
				return nil
			}
			return runner.Sleep(ctx, time.Duration(float64(d)*min(set.Scale, 1)))
		},
		Notify: hooks.Retry,
	}, nil
}

// source is what answers: a recording, or aliyun.
func source(set cmdline.Settings) (runner.Runner, error) {
	if set.Replay != "" {
		recording, err := fixtures.Load(set.Replay)
		if err != nil {
			return nil, &steps.Error{Code: "RecordingUnreadable", Exit: steps.ExitUsage, Message: err.Error(), Err: err}
		}
		return &fixtures.Player{Recording: recording}, nil
	}
	path, prefix, err := aliyun()
	if err != nil {
		return nil, err
	}
	return &runner.Exclusive{
		Path: lockPath(),
		Runner: &runner.Exec{
			Path: path, Prefix: prefix, Scale: set.Scale,
			Env: os.Environ(), AllowMock: os.Getenv("ALIGATE_ALLOW_MOCK") == "1",
		},
	}, nil
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
