package script

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Runtime is a guess how long a script runs (seed, runtime estimation reference).
type Runtime struct {
	Min, Max time.Duration
	// Text is the guess in words, e.g. "5-30 minutes"; Why is what it rests on.
	Text, Why string
	// Open is set if there is no end: the price is one of an hour.
	Open bool
}

// The guesses of the seed.
var (
	simple   = Runtime{Max: time.Minute, Text: "less than 1 minute", Why: "simple commands"}
	working  = Runtime{Min: 5 * time.Minute, Max: 30 * time.Minute, Text: "5-30 minutes"}
	training = Runtime{Min: time.Hour, Max: 24 * time.Hour, Text: "1-24 hours"}
	serving  = Runtime{Text: "runs until it is released, quoted by the hour", Open: true}
)

// labour is a command that takes its time.
type labour struct {
	programs string // empty for any
	subs     string // empty for any
	when     func(call) bool
	long     bool // as training does
	what     string
}

// labours are the commands that tell a guess; the longest one of a script counts.
var labours = []labour{
	{programs: "torchrun deepspeed horovodrun mpirun llamafactory-cli", long: true, what: "training"},
	{programs: "accelerate", subs: "launch", long: true, what: "training"},
	{programs: "swift", subs: "sft pt rlhf", long: true, what: "training"},
	{programs: "python", when: trains, long: true, what: "training"},
	{when: func(k call) bool { return isTraining(k.name) }, long: true, what: "training"},
	{programs: "sleep", when: func(k call) bool { return waits(k) > 30*time.Minute }, long: true, what: "waiting"},
	{programs: "sleep", when: func(k call) bool { return waits(k) >= time.Minute }, what: "waiting"},
	{programs: "make cmake ninja bazel gcc g++ cc c++ clang clang++ rustc javac mvn gradle gradlew sbt meson scons configure", what: "compilation"},
	{programs: "go", subs: "build test install generate", what: "compilation"},
	{programs: "cargo", subs: "build test install run bench", what: "compilation"},
	{programs: "npm pnpm yarn", subs: "build test", what: "compilation"},
	{programs: "docker podman buildah", subs: "build buildx", what: "building an image"},
	{programs: "python perl ruby node R Rscript julia java php", when: func(k call) bool { return len(k.operands(1)) > 0 }, what: "data processing"},
	{programs: "ffmpeg spark-submit hadoop hive sqoop duckdb dbt", what: "data processing"},
	{programs: "mysqldump pg_dump pg_restore mongodump mysql psql", what: "data processing"},
	{programs: "rsync ossutil rclone dd", what: "data processing"},
}

// trains reports whether the script that python runs is called after training, or told to train.
func trains(k call) bool {
	return slices.ContainsFunc(k.operands(1), isTraining) || k.has("--epochs --num-epochs --num_train_epochs --do_train")
}

// isTraining reports whether a file or a module is called after training: train.py, run_training.sh, llm.finetune.
func isTraining(name string) bool {
	base := strings.ToLower(path.Base(name))
	words := strings.FieldsFunc(base, func(r rune) bool { return !unicode.IsLetter(r) })
	return strings.Contains(base, "fine_tune") || slices.ContainsFunc(words, func(w string) bool {
		return strings.HasPrefix(w, "train") || strings.HasPrefix(w, "pretrain") || strings.HasPrefix(w, "finetun")
	})
}

// waits is how long sleep sleeps.
func waits(k call) time.Duration {
	var sum float64
	for _, a := range k.args {
		unit := 1.0
		switch {
		case strings.HasSuffix(a, "m"):
			unit = 60
		case strings.HasSuffix(a, "h"):
			unit = 60 * 60
		case strings.HasSuffix(a, "d"):
			unit = 24 * 60 * 60
		}
		if n, err := strconv.ParseFloat(strings.TrimRight(a, "smhd"), 64); err == nil && n > 0 && n < 1e6 {
			sum += n * unit
		}
	}
	return time.Duration(min(sum, 1e8)) * time.Second
}

// guess is how long calls take, by the one that takes longest.
func guess(all []call, persists []Sign) Runtime {
	if len(persists) > 0 {
		r := serving
		r.Why = fmt.Sprintf("line %d %s", persists[0].Line, persists[0].What)
		return r
	}
	best := simple
	for _, k := range all {
		what, long, ok := effort(k)
		if !ok || k.asks() {
			continue
		}
		r := working
		if long {
			r = training
		}
		if r.Max > best.Max {
			best = r
			best.Why = fmt.Sprintf("line %d looks like %s", k.line, what)
		}
	}
	return best
}

// effort says what k does that takes its time.
func effort(k call) (what string, long, ok bool) {
	for _, l := range labours {
		if (l.programs == "" || has(l.programs, k.name)) && (l.subs == "" || k.subcommand(l.subs)) && (l.when == nil || l.when(k)) {
			return l.what, l.long, true
		}
	}
	// Installing takes longer than any simple command; the tables of needs know what installs, wherever it is from.
	for _, n := range needs {
		if n.matches(k) {
			return "installation", false, true
		}
	}
	return "", false, false
}
