package service

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseProbe(t *testing.T) {
	t.Parallel()
	type m = map[string]any
	get := func(pairs ...any) m {
		out := m{}
		for i := 0; i < len(pairs); i += 2 {
			out[pairs[i].(string)] = pairs[i+1]
		}
		return m{"http_get": out}
	}
	exec := func(words ...any) m { return m{"exec": m{"command": words}} }
	with := func(probe m, key string, n int) m { probe[key] = n; return probe }
	tcp := func(port int) m { return m{"tcp_socket": m{"port": port}} }
	for _, c := range []struct {
		name string // startup_check if empty
		flag string
		want m
	}{
		// The port is the container's unless the flag names one; the path / is the default.
		{flag: "http:/", want: get("port", 8000)},
		{flag: "http:/health", want: get("path", "/health", "port", 8000)},
		{flag: "http:/health:8001", want: get("path", "/health", "port", 8001)},
		{flag: "http:/:65535", want: get("port", 65535)},
		{flag: "http:/a:b:1", want: get("path", "/a:b", "port", 1)},
		{flag: "tcp", want: tcp(8000)},
		{flag: "tcp:", want: tcp(8000)},
		{flag: "tcp:8001", want: tcp(8001)},
		{flag: "exec:true", want: exec("true")},
		{flag: `exec:test -f "/a b" 'c d' e\ f`, want: exec("test", "-f", "/a b", "c d", "e f")},

		// Commas of a command are its own.
		{flag: "exec:a,b", want: exec("a,b")},
		{flag: "exec:a,b=1,delay=5", want: with(exec("a,b=1"), "initial_delay_seconds", 5)},
		{flag: "exec:a,delay", want: exec("a,delay")},
		{flag: "exec:a,delay=5,x", want: exec("a,delay=5,x")},
		{flag: "exec:sh -c 'a, b',timeout=5", want: with(exec("sh", "-c", "a, b"), "timeout_seconds", 5)},

		// The options, in any order.
		{flag: "http:/,delay=120,failures=30", want: with(with(get("port", 8000), "initial_delay_seconds", 120), "failure_threshold", 30)},
		{flag: "http:/,failures=30,delay=120", want: with(with(get("port", 8000), "initial_delay_seconds", 120), "failure_threshold", 30)},
		{flag: "tcp, delay=1, period=2", want: with(with(tcp(8000), "initial_delay_seconds", 1), "period_seconds", 2)},
		{flag: "tcp:8001,successes=2,failures=3,timeout=4,period=5,delay=6",
			want: with(with(with(with(with(tcp(8001), "success_threshold", 2), "failure_threshold", 3), "timeout_seconds", 4), "period_seconds", 5), "initial_delay_seconds", 6)},

		// Defaults are left out, and those of health_check are its own.
		{flag: "tcp,delay=0,period=10,timeout=1,failures=1,successes=1", want: tcp(8000)},
		{name: "liveness_check", flag: "tcp,delay=0,period=10,timeout=1,failures=1,successes=1", want: tcp(8000)},
		{name: "health_check", flag: "tcp,delay=0,period=10,timeout=1,failures=3,successes=1", want: tcp(8000)},
		{name: "health_check", flag: "tcp,failures=1", want: with(tcp(8000), "failure_threshold", 1)},
		{name: "liveness_check", flag: "tcp,failures=3", want: with(tcp(8000), "failure_threshold", 3)},
		{flag: "tcp,failures=3", want: with(tcp(8000), "failure_threshold", 3)},
	} {
		name := c.name
		if name == "" {
			name = "startup_check"
		}
		got, err := ParseProbe(name, c.flag, 8000)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s %s: got %v, %v; want %v", name, c.flag, got, err, c.want)
		}
		// What comes out is a probe that no rule objects to.
		d, err := NewDraft(edited(t, "P6", "."))
		if err != nil {
			t.Fatal(err)
		}
		d.Container()[name] = got
		if all := Check([]byte(encoded(t, d)), Known{}); all.Count(Error) > 0 {
			t.Errorf("%s: got %v", c.flag, told(all))
		}
	}
}

func TestParseProbeErrors(t *testing.T) {
	t.Parallel()
	const methods = "write http:/path[:port], tcp[:port], exec:command or none"
	for flag, want := range map[string]string{
		"":                                methods,
		"https:/":                         methods,
		"HTTP:/":                          methods,
		"none":                            methods,
		"/health":                         methods,
		"http":                            `the path "" does not begin with /`,
		"http:":                           `the path "" does not begin with /`,
		"http:health":                     `the path "health" does not begin with /`,
		"http::8000":                      `the path "" does not begin with /`,
		"http:health:8000":                `the path "health" does not begin with /`,
		"http:/:":                         `"" is not a port`,
		"http:/:x":                        `"x" is not a port`,
		"http:/:0":                        `"0" is not a port`,
		"http:/:65536":                    `"65536" is not a port`,
		"http:/:08000":                    `"08000" is not a port`,
		"http:/:+8000":                    `"+8000" is not a port`,
		"http:/:8080":                     "port 8080 is reserved by the EAS engine",
		"tcp:9090":                        "port 9090 is reserved by the EAS engine",
		"tcp:-1":                          `"-1" is not a port`,
		"tcp:a":                           `"a" is not a port`,
		"exec":                            "exec: needs a command behind it",
		"exec:":                           "exec: needs a command behind it",
		"exec:  ":                         "exec: needs a command behind it",
		"exec:,delay=5":                   "exec: needs a command behind it",
		"exec:a 'b":                       "the command cannot be split into words",
		"tcp,":                            `"" is not one of delay, failures, period, successes, timeout, with =N behind it`,
		"tcp,x":                           `"x" is not one of`,
		"tcp,x=1":                         `"x=1" is not one of`,
		"tcp,delay":                       `"delay" is not one of`,
		"tcp,Delay=1":                     `"Delay=1" is not one of`,
		"tcp,delay=":                      "delay=: not a whole number from 0 up",
		"tcp,delay=-1":                    "delay=-1: not a whole number from 0 up",
		"tcp,delay=1.5":                   "delay=1.5: not a whole number from 0 up",
		"tcp,period=0":                    "period=0: not a whole number from 1 up",
		"tcp,timeout=0":                   "timeout=0: not a whole number from 1 up",
		"tcp,failures=0":                  "failures=0: not a whole number from 1 up",
		"tcp,successes=x":                 "successes=x: not a whole number from 1 up",
		"exec:a,period=0":                 "period=0: not a whole number from 1 up",
		"tcp,period=99999999999999999999": "period=99999999999999999999: not a whole number from 1 up",
		"tcp,delay=1,delay=2":             "delay is given twice",
		"exec:a,delay=1,delay=1":          "delay is given twice",
	} {
		if got, err := ParseProbe("startup_check", flag, 8000); err == nil || !strings.Contains(err.Error(), want) || got != nil {
			t.Errorf("%q: got %v, %v; want %q", flag, got, err, want)
		}
	}
}
