package service

import (
	"fmt"
	"strings"

	"aligate/steps/eas/catalog"
)

// ProbeKeys are the probes of a container, in the order in which they are written.
var ProbeKeys = []string{"startup_check", "liveness_check", "health_check"}

// probes calls f for each probe that is an object.
func (f *File) probes(do func(c, probe *Node)) {
	for _, c := range f.containers() {
		for _, key := range ProbeKeys {
			if probe := c.Get(key); probe != nil && probe.Kind == Object {
				do(c, probe)
			}
		}
	}
}

// probePort is the part of rule R45 that the schema lets pass.
func probePort(f *File, say Sayer) {
	f.probes(func(c, probe *Node) {
		for _, method := range []string{"http_get", "tcp_socket"} {
			port := probe.Get(method, "port")
			asked, ok := port.Int()
			listens, known := c.Get("port").Int()
			if ok && known && asked != listens {
				say.Warn(port, fmt.Sprintf("is %d, but the container's port is %d", asked, listens), fmt.Sprint(listens))
			}
		}
	})
}

// timing is a number of a probe, or its default (rule R47).
func timing(probe *Node, key string) int {
	if v, ok := probe.Get(key).Int(); ok {
		return v
	}
	return probeDefault(probe.key, key)
}

// successThreshold is rule R48.
func successThreshold(f *File, say Sayer) {
	f.probes(func(_, probe *Node) {
		if n := probe.Get("success_threshold"); probe.key != "health_check" && timing(probe, "success_threshold") > 1 {
			say.At(n, "is "+n.Text+" for a "+strings.ReplaceAll(probe.key, "_", " ")+"; Kubernetes allows 1 only", "1, or the file without it")
		}
	})
}

// slowStart is how many seconds a model is given to load before a probe may give up on it.
const slowStart = 120

// probeTimes is rule R49.
func probeTimes(f *File, say Sayer) {
	f.probes(func(c, probe *Node) {
		if timeout, period := timing(probe, "timeout_seconds"), timing(probe, "period_seconds"); timeout > period {
			say.At(probe, fmt.Sprintf("waits %d s for an answer but asks every %d s", timeout, period), "a timeout_seconds that is not above period_seconds")
		}
		if !catalog.FamilyOf(c.Get("image").Str() + " " + entry(c)).GPU {
			return
		}
		budget := timing(probe, "initial_delay_seconds") + timing(probe, "period_seconds")*timing(probe, "failure_threshold")
		switch {
		case probe.key == "startup_check" && budget < slowStart:
			say.At(probe, fmt.Sprintf("gives up after %d s, in which a model hardly loads", budget), "more, such as initial_delay_seconds 120, period_seconds 10, failure_threshold 30")
		case probe.key == "liveness_check" && c.Get("startup_check") == nil && budget < slowStart:
			say.At(probe, fmt.Sprintf("restarts the container after %d s, in which a model hardly loads", budget), "a startup_check as well")
		}
	})
}
