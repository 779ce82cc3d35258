package service

import (
	"fmt"
	"regexp"
	"strconv"
	"sync"
)

// nameOfRun is rule R10.
func nameOfRun(f *File, say Sayer) {
	if name := f.Root.Get("metadata", "name"); f.Known.Name != "" && name.Str() != "" && name.Str() != f.Known.Name {
		say.At(name, fmt.Sprintf("is %q, but the run is about %q", name.Str(), f.Known.Name), strconv.Quote(f.Known.Name))
	}
}

// workspaceID is the part of rule R13 that the schema lets pass.
func workspaceID(f *File, say Sayer) {
	id := f.Root.Get("metadata", "workspace_id")
	if id != nil && id.Kind == Number {
		say.Warn(id, "is a number", strconv.Quote(id.Text)+", with quotes")
	}
	if run := f.Known.Workspace; run != "" && id.text() != "" && id.text() != run {
		say.Warn(id, "is "+strconv.Quote(abridge(id.Text))+", but the run chose workspace "+run, strconv.Quote(run))
	}
}

// noWorkspace is rule R14.
func noWorkspace(f *File, say Sayer) {
	if metadata := f.Root.Get("metadata"); f.Known.NoWorkspace && metadata != nil && metadata.Get("workspace_id") == nil {
		say.Missing(metadata, "workspace_id", "is left out, because no workspace is enabled; the service may refuse the request", "the id of a workspace")
	}
}

// resourceAndComputing is rule R16.
func resourceAndComputing(f *File, say Sayer) {
	if computing := f.Root.Get("cloud", "computing"); computing != nil && f.Root.Get("metadata", "resource") != nil {
		say.At(computing, "cannot stand beside metadata.resource", "one of the two: a dedicated resource group has its own instances")
	}
}

// resourceOrComputing is rule R17.
func resourceOrComputing(f *File, say Sayer) {
	if f.Root.Get("cloud", "computing") == nil && f.Root.Get("metadata", "resource") == nil {
		at := f.Root
		if cloud := f.Root.Get("cloud"); cloud != nil {
			at = cloud
		}
		*say.out = append(*say.out, Finding{Rule: say.rule.ID, Severity: Error, Path: "$.cloud.computing", Message: "is missing, and so is metadata.resource",
			Fix: `"cloud": {"computing": {"instance_type": "..."}}, or metadata.resource`, start: at.start, end: at.start + 1})
	}
}

var sizes = []string{"cpu", "memory", "gpu"}

// dedicatedSizes is the part of rule R18 that the schema lets pass.
func dedicatedSizes(f *File, say Sayer) {
	metadata := f.Root.Get("metadata")
	if resource := metadata.Get("resource"); resource != nil && (metadata.Get("cpu") == nil || metadata.Get("memory") == nil) {
		say.Warn(resource, "is there without cpu and memory, so the service decides how much each instance gets", "metadata.cpu (cores) and metadata.memory (MB) as well")
		return
	} else if gpu := metadata.Get("gpu"); resource != nil && (gpu == nil || gpu.text() == "0") && f.needsGPU() {
		say.Warn(resource, "is there without gpu, and the image does not run without one", "metadata.gpu as well")
	}
}

// sizesBesideComputing is rule R19.
func sizesBesideComputing(f *File, say Sayer) {
	if f.Root.Get("cloud", "computing") == nil {
		return
	}
	for _, key := range sizes {
		if n := f.Root.Get("metadata", key); n != nil {
			say.At(n, "is most likely ignored beside cloud.computing: the instance type has its own", "the file without it")
		}
	}
}

// quotaID is rule R20.
func quotaID(f *File, say Sayer) {
	if n := f.Root.Get("metadata", "quota_id"); n != nil {
		say.At(n, "is ignored by the service", "the file without it")
	}
}

var diskSize = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]+(Gi|G)$`) })

// oddMetadata is rule R21.
func oddMetadata(f *File, say Sayer) {
	metadata := f.Root.Get("metadata")
	if disk := metadata.Get("disk"); disk.Str() != "" && !diskSize().MatchString(disk.Str()) {
		say.At(disk, "is "+strconv.Quote(abridge(disk.Text)), "a size such as 100Gi")
	}
	for key, least := range map[string]int{"shm_size": 1, "rdma": 0} {
		if n := metadata.Get(key); n != nil {
			if v, ok := n.Int(); ok && v < least {
				say.At(n, "is "+n.Text, fmt.Sprintf("a number from %d up", least))
			}
		}
	}
	strategy := metadata.Get("rolling_strategy")
	surge, hasSurge := strategy.Get("max_surge").Int()
	gone, hasGone := strategy.Get("max_unavailable").Int()
	if hasSurge && surge < 0 {
		say.At(strategy.Get("max_surge"), "is negative", "a number from 0 up")
	}
	if hasGone && gone < 0 {
		say.At(strategy.Get("max_unavailable"), "is negative", "a number from 0 up")
	}
	if hasSurge && hasGone && surge == 0 && gone == 0 {
		say.At(strategy, "adds no instance and takes none away, so that an update cannot begin", "max_surge or max_unavailable above 0")
	}
}
