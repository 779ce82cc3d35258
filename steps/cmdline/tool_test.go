package cmdline

import (
	"context"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"aligate/steps"
)

// shed is a workflow of tools alone: one in a group, one with flags of two words, further keys in its documents.
func shed() *steps.Workflow {
	run := func(_ context.Context, env *steps.Env) (steps.Outcome, error) {
		return steps.Outcome{Summary: "region " + env.Values.One("region-id") + ", " + env.Values.One("dry-run")}, nil
	}
	return &steps.Workflow{
		Name: "shed", Summary: "keep tools", Groups: map[string]string{"saw": "saws"},
		Keys: func(r steps.Report) map[string]any {
			return map[string]any{"success": r.Fault == nil, "operation": strings.ReplaceAll(r.Step, "-", "_")}
		},
		Tools: []steps.Tool{
			{Name: "saw create", Summary: "creates one", Run: run},
			{Name: "list-all", Summary: "lists", Category: "READS", Changes: true, Run: run, Params: []steps.Param{{Name: "region-id", Required: true}, {Name: "dry-run", Bool: true}, {Name: "tag-keys", Repeat: true}}},
		},
	}
}

func shedDesk(t *testing.T) *desk {
	d := newDesk(t)
	d.Workflows = []*steps.Workflow{shed()}
	return d
}

func TestUnderscores(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line string
		exit steps.ExitCode
		says string
	}{
		{"shed list-all --region-id r1 --dry-run", 0, "region r1, true"},
		{"shed list_all --region_id r1 --dry_run --tag_keys a --tag-keys b", 0, "region r1, true"},
		{"shed list_all --region_id r1 --region-id r1", 0, "region r1, "},
		{"shed list_all --region_id r1 --region-id r2", 2, "--region-id: given 2 times with different values"},
		{"shed list_all", 2, "--region-id: is required"},
		{"shed list_all --region r1", 2, "--region: unknown flag; did you mean --region"},
		{"shed saw create", 0, "region , "},
		{"shed saw crate", 2, `"crate": unknown command; did you mean "create"?`},
	} {
		t.Run(c.line, func(t *testing.T) {
			t.Parallel()
			d := shedDesk(t)
			if exit := d.run(t, c.line); exit != c.exit || !strings.Contains(d.out.String()+d.err.String(), c.says) {
				t.Errorf("exit %d, %s%s; want %d, %q", exit, &d.out, &d.err, c.exit, c.says)
			}
		})
	}
}

// TestDocumentKeys: a document of the workflow has its keys, whoever made it.
func TestDocumentKeys(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{"shed list_all --region_id r1": true, "shed list_all": false, "shed list_all --bogus": false} {
		d := shedDesk(t)
		d.run(t, line+" --output json")
		var document map[string]any
		if err := json.Unmarshal(d.out.Bytes(), &document); err != nil {
			t.Fatal(err)
		}
		if document["success"] != want || document["operation"] != "list_all" || document["step"] != "list-all" {
			t.Errorf("%s: got keys %q in %s", line, slices.Sorted(maps.Keys(document)), &d.out)
		}
	}
}

func TestToolHelp(t *testing.T) {
	t.Parallel()
	d := shedDesk(t)
	if d.run(t, "shed --help"); !strings.Contains(d.out.String(), "READS:") || !strings.Contains(d.out.String(), "TOOLS:") || !strings.Contains(d.out.String(), "saw ") {
		t.Errorf("got %s", &d.out)
	}
}

// TestToolLocks: a tool that changes the cloud waits for another one in the same state directory.
func TestToolLocks(t *testing.T) {
	t.Parallel()
	d := shedDesk(t)
	store := &steps.Store{Dir: filepath.Join(d.dir, "state")}
	release, err := store.Lock(t.Context(), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if exit := d.run(t, "shed list-all --region-id r1 --lock-timeout 0s"); exit != steps.ExitBlocked {
		t.Errorf("exit %d under another's lock: %s", exit, &d.err)
	}
	if exit := d.run(t, "shed saw create --lock-timeout 0s"); exit != steps.ExitDone {
		t.Errorf("exit %d of a tool that changes nothing: %s", exit, &d.err)
	}
	release()
	if exit := d.run(t, "shed list-all --region-id r1 --lock-timeout 0s"); exit != steps.ExitDone {
		t.Errorf("exit %d after the lock is gone: %s", exit, &d.err)
	}
}
