package service

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/google/shlex"
)

// A probe as a flag: METHOD:WHAT[,OPTION=N]..., where METHOD:WHAT is http:/path[:port], tcp[:port] or exec:command.

// probeOptions are the short names of a probe's numbers, and the keys they stand for (seed 003).
var probeOptions = map[string]string{
	"delay": "initial_delay_seconds", "period": "period_seconds", "timeout": "timeout_seconds",
	"failures": "failure_threshold", "successes": "success_threshold",
}

// probeDefault is what the service takes for key in the probe called name, if it is absent (rule R47).
func probeDefault(name, key string) int {
	switch key {
	case "period_seconds":
		return 10
	case "timeout_seconds", "success_threshold":
		return 1
	case "failure_threshold":
		if name == "health_check" {
			return 3
		}
		return 1
	}
	return 0
}

// NoProbe is the value of a probe's flag that leaves the probe out.
const NoProbe = "none"

// ParseProbe reads the flag of the probe called name (startup_check, ...). port is the container's, for a probe
// that names none. Numbers equal to their defaults are left out, and so is the path /.
func ParseProbe(name, flag string, port int) (map[string]any, error) {
	what, options, err := cutOptions(flag)
	if err != nil {
		return nil, err
	}
	probe, err := probeMethod(what, port)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", flag, err)
	}
	for option, n := range options {
		if key := probeOptions[option]; n != probeDefault(name, key) {
			probe[key] = n
		}
	}
	return probe, nil
}

// cutOptions takes ,OPTION=N off the end of flag: a command may hold commas itself.
func cutOptions(flag string) (string, map[string]int, error) {
	options := map[string]int{}
	for {
		i := strings.LastIndexByte(flag, ',')
		if i < 0 {
			return flag, options, nil
		}
		option, value, ok := strings.Cut(strings.TrimSpace(flag[i+1:]), "=")
		if _, known := probeOptions[option]; !ok || !known {
			if strings.HasPrefix(flag, "exec:") {
				return flag, options, nil
			}
			return "", nil, fmt.Errorf("%q is not one of %s, with =N behind it", flag[i+1:], strings.Join(slices.Sorted(maps.Keys(probeOptions)), ", "))
		}
		n, err := strconv.Atoi(value)
		least := 1
		if option == "delay" {
			least = 0
		}
		if err != nil || n < least {
			return "", nil, fmt.Errorf("%s=%s: not a whole number from %d up", option, value, least)
		}
		if _, twice := options[option]; twice {
			return "", nil, fmt.Errorf("%s is given twice", option)
		}
		options[option], flag = n, flag[:i]
	}
}

// probeMethod reads METHOD:WHAT.
func probeMethod(what string, port int) (map[string]any, error) {
	method, rest, _ := strings.Cut(what, ":")
	switch method {
	case "http":
		get := map[string]any{"port": port}
		path := rest
		if i := strings.LastIndexByte(rest, ':'); i >= 0 {
			p, err := probePortOf(rest[i+1:])
			if err != nil {
				return nil, err
			}
			path, get["port"] = rest[:i], p
		}
		if !strings.HasPrefix(path, "/") {
			return nil, fmt.Errorf("the path %q does not begin with /", path)
		}
		if path != "/" {
			get["path"] = path
		}
		return map[string]any{"http_get": get}, nil
	case "tcp":
		if rest != "" {
			p, err := probePortOf(rest)
			if err != nil {
				return nil, err
			}
			port = p
		}
		return map[string]any{"tcp_socket": map[string]any{"port": port}}, nil
	case "exec":
		words, err := shlex.Split(rest)
		if err != nil {
			return nil, fmt.Errorf("the command cannot be split into words: %w", err)
		}
		if len(words) == 0 {
			return nil, fmt.Errorf("exec: needs a command behind it")
		}
		command := make([]any, len(words))
		for i, word := range words {
			command[i] = word
		}
		return map[string]any{"exec": map[string]any{"command": command}}, nil
	}
	return nil, fmt.Errorf("write http:/path[:port], tcp[:port], exec:command or %s", NoProbe)
}

func probePortOf(s string) (int, error) {
	port, err := strconv.Atoi(s)
	if err != nil || port < 1 || port > 65535 || strconv.Itoa(port) != s {
		return 0, fmt.Errorf("%q is not a port", s)
	}
	if port == 8080 || port == 9090 {
		return 0, fmt.Errorf("port %d is reserved by the EAS engine", port)
	}
	return port, nil
}
