package script

import (
	"path"
	"slices"
	"strings"
)

// service is a command that leaves something running.
type service struct {
	programs string
	// subs are the subcommands that do; empty if all do.
	subs string
	// when, if there, decides what a subcommand cannot.
	when func(call) bool
	// detached is set if it is so whatever runs the command: a limit of time does not reach what has been handed over.
	detached bool
	what     string
}

// services are the commands that mean a long-running service (seed, cleanup strategy).
var services = []service{
	{programs: "systemctl", subs: "start restart reload-or-restart", detached: true, what: "starts a service of the system"},
	{programs: "systemctl", subs: "enable", when: func(k call) bool { return k.has("--now") }, detached: true, what: "starts a service of the system"},
	{programs: "service rc-service", when: func(k call) bool { return k.subcommand("start restart") }, detached: true, what: "starts a service of the system"},
	{programs: "docker podman nerdctl", when: startsContainer, detached: true, what: "leaves a container running"},
	{programs: "docker-compose podman-compose", subs: "up", when: detaches, detached: true, what: "leaves containers running"},
	{programs: "docker-compose podman-compose", subs: "start", detached: true, what: "leaves containers running"},
	{programs: "screen", when: func(k call) bool { return k.short('d') || k.short('D') }, detached: true, what: "leaves a screen session running"},
	{programs: "tmux", subs: "new new-session", when: func(k call) bool { return k.short('d') }, detached: true, what: "leaves a tmux session running"},
	{programs: "pm", subs: "start resurrect", detached: true, what: "leaves a process running"},
	{programs: "forever supervisord supervisorctl", subs: "", detached: true, what: "leaves a process running"},
	{programs: "crontab", when: func(k call) bool { return !k.has("-l -r") }, detached: true, what: "runs commands later"},
	{programs: "at batch", detached: true, what: "runs commands later"},
	{programs: "start-stop-daemon", when: func(k call) bool { return k.has("--start -S") }, detached: true, what: "leaves a process running"},
	{programs: "disown daemonize systemd-run", detached: true, what: "leaves a process running"},

	{programs: "http.server SimpleHTTPServer", what: "is a web server"},
	{programs: "uvicorn gunicorn hypercorn daphne waitress-serve uwsgi", what: "is a web server"},
	{programs: "flask", subs: "run", what: "is a web server"},
	{programs: "fastapi", subs: "run dev", what: "is a web server"},
	{programs: "streamlit", subs: "run", what: "is a web server"},
	{programs: "jupyter", subs: "notebook lab server", what: "is a web server"},
	{programs: "jupyter-lab jupyter-notebook", what: "is a web server"},
	{programs: "python", when: func(k call) bool { return k.has("runserver") }, what: "is a web server"},
	{programs: "nginx openresty", when: func(k call) bool { return !k.has("-t -T -s") }, detached: true, what: "is a web server"},
	{programs: "httpd apache apachectl apache2ctl", when: func(k call) bool { return !k.has("configtest -t stop") }, detached: true, what: "is a web server"},
	{programs: "caddy", subs: "run start", what: "is a web server"},
	{programs: "http-server serve live-server", what: "is a web server"},
	{programs: "npx bunx", subs: "serve http-server live-server", what: "is a web server"},
	{programs: "npm pnpm yarn bun", subs: "start serve dev preview", what: "is a web server"},
	{programs: "node bun deno", when: runsServer, what: "is a server"},
	{programs: "php", when: func(k call) bool { return k.has("-S serve") }, what: "is a web server"},
	{programs: "rails", subs: "server s", what: "is a web server"},
	{programs: "puma unicorn", what: "is a web server"},
	{programs: "redis-server mysqld mysqld_safe mariadbd mongod postgres memcached", what: "is a database"},
	{programs: "pg_ctl", subs: "start", detached: true, what: "is a database"},
	{programs: "dockerd containerd sshd frps frpc", what: "is a service"},
	{programs: "ollama vllm", subs: "serve", what: "serves models"},
	{programs: "vllm.entrypoints.openai.api_server sglang.launch_server", what: "serves models"},
	{programs: "k3s minikube", subs: "server start", detached: true, what: "is a cluster"},
	{programs: "tail", when: func(k call) bool { return k.short('f') || k.short('F') }, what: "never ends"},
	{programs: "sleep", when: func(k call) bool { return k.has("infinity inf") }, what: "never ends"},
}

// keeping are wrappers that keep what they run alive behind the end of the script.
var keeping = []struct{ name, what string }{
	{"nohup", "keeps a process running"},
	{"setsid", "keeps a process running"},
}

// short reports whether one of the arguments is a cluster of short flags with flag among them.
func (k call) short(flag byte) bool {
	return slices.ContainsFunc(k.args, func(a string) bool { return isShort(a, flag) })
}

// detaches reports whether compose is told to go on without the script.
func detaches(k call) bool { return k.short('d') || k.has("--detach") }

// runsServer reports whether the script that k runs is called a server.
func runsServer(k call) bool {
	for _, a := range k.operands(2) {
		base := strings.ToLower(path.Base(a))
		base = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(base, ".js"), ".mjs"), ".ts")
		if has("server app index.server main.server", base) || strings.HasPrefix(base, "server") {
			return true
		}
	}
	return false
}

// Flags of docker run: those without a value, and the short ones among them. All others take the next word.
const (
	dockerSwitches = "--rm --init --privileged --read-only --tty --interactive --detach --publish-all --no-healthcheck --oom-kill-disable --sig-proxy --quiet"
	dockerShort    = "ditPq"
)

// startsContainer reports whether docker leaves a container running: what stands behind the image is not its flag.
func startsContainer(k call) bool {
	sub := k.operands(1)
	switch {
	case len(sub) == 0:
		return false
	case sub[0] == "start" || sub[0] == "restart":
		return true
	case sub[0] == "compose":
		operands := k.operands(len(k.args)) // compose has flags with values in front of its subcommands
		return slices.Contains(operands, "start") || slices.Contains(operands, "up") && detaches(k)
	case sub[0] != "run" && sub[0] != "container":
		return false
	}
	args := k.args[slices.Index(k.args, sub[0])+1:]
	if sub[0] == "container" && len(args) > 0 {
		args = args[1:]
	}
	return detachedRun(args)
}

// detachedRun reads the flags of docker run up to the image.
func detachedRun(args []string) bool {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		flag, _, glued := strings.Cut(args[0], "=")
		args = args[1:]
		isSwitch := has(dockerSwitches, flag)
		if !strings.HasPrefix(flag, "--") {
			isSwitch = strings.Trim(flag[1:], dockerShort) == ""
		}
		if flag == "--detach" || isSwitch && !strings.HasPrefix(flag, "--") && strings.Contains(flag, "d") {
			return true
		}
		if !isSwitch && !glued && len(args) > 0 {
			args = args[1:]
		}
	}
	return false
}

// stays says what k leaves running.
func stays(k call) (string, bool) {
	if k.asks() {
		return "", false
	}
	for _, w := range keeping {
		if slices.Contains(k.wrappers, w.name) {
			return w.what, true
		}
	}
	limited := slices.Contains(k.wrappers, "timeout")
	for _, s := range services {
		if has(s.programs, k.name) && (s.subs == "" || k.subcommand(s.subs)) && (s.when == nil || s.when(k)) && (s.detached || !limited) {
			return s.what, true
		}
	}
	return "", false
}

// enders are commands that end what runs in the background, or wait until it has ended.
const enders = "wait kill killall pkill"

// findPersists are the calls that leave something running. What runs in the background ends with the script if an
// ender stands behind it.
func findPersists(all []call) []Sign {
	var signs []Sign
	ended := false // behind the call at hand
	for _, k := range slices.Backward(all) {
		what, ok := stays(k)
		switch {
		case k.background && ended && !lasts(k):
		case ok:
			signs = append(signs, Sign{Line: k.line, What: what})
		case k.background && !ended:
			signs = append(signs, Sign{Line: k.line, What: "runs in the background"})
		}
		ended = ended || has(enders, k.name)
	}
	slices.Reverse(signs)
	return signs
}

// lasts reports whether what k leaves running is out of reach of a wait.
func lasts(k call) bool {
	return slices.ContainsFunc(services, func(s service) bool { return s.detached && has(s.programs, k.name) })
}
