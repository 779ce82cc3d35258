package eas

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// defaultMount is where the first OSS path is mounted unless the user says otherwise (eas-facts C.11).
const defaultMount = "/model_dir"

// mount is one OSS path and the directory it appears at.
type mount struct{ path, dir string }

// parseMount reads oss://bucket/path/[=MOUNT] (rules R74 and R76). A missing trailing slash is added: without
// it the service takes the path for a file.
func parseMount(v string) (mount, error) {
	uri, dir, _ := strings.Cut(v, "=")
	rest, ok := strings.CutPrefix(uri, "oss://")
	if !ok {
		return mount{}, fmt.Errorf("%q does not begin with oss://", v)
	}
	bucket, key, _ := strings.Cut(rest, "/")
	if !madeOf(bucket, "a0.-", 1, 255) || !madeOf(bucket[:1], "a0", 1, 1) {
		return mount{}, fmt.Errorf("%q: %q is not a bucket name", v, bucket)
	}
	if slices.Contains(strings.Split(key, "/"), "..") || strings.Contains(key, "//") || strings.ContainsAny(key, " ?") {
		return mount{}, fmt.Errorf("%q: the path may not hold .., //, blanks or ?", v)
	}
	if dir == "" && strings.Contains(v, "=") {
		return mount{}, fmt.Errorf("%q: the mount path behind = is empty", v)
	}
	if dir != "" {
		if err := checkMountDir(dir); err != nil {
			return mount{}, fmt.Errorf("%q: %w", v, err)
		}
	}
	return mount{path: strings.TrimSuffix(uri, "/") + "/", dir: dir}, nil
}

// systemDirs may not be mounted over (rule R74).
var systemDirs = []string{"/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/run", "/sbin", "/sys", "/usr"}

// checkMountDir is rule R74.
func checkMountDir(dir string) error {
	clean := path.Clean(dir)
	switch {
	case !path.IsAbs(dir):
		return fmt.Errorf("mount path %q is not absolute", dir)
	case clean != strings.TrimSuffix(dir, "/") || clean == "/":
		return fmt.Errorf("mount path %q is not a plain directory below /", dir)
	}
	for _, system := range systemDirs {
		if within(system, clean) {
			return fmt.Errorf("mount path %q lies in %s, which belongs to the system", dir, system)
		}
	}
	return nil
}

// mounts parses all OSS paths, gives the first its default directory, and finds collisions (rule R75).
func mounts(values []string) ([]mount, error) {
	var all []mount
	for i, v := range values {
		m, err := parseMount(v)
		if err != nil {
			continue // the parameter's own check names it
		}
		switch {
		case m.dir == "" && i == 0:
			m.dir = defaultMount
		case m.dir == "":
			return nil, fmt.Errorf("%q needs a mount path: only the first has a default, write %s=/dir", v, v)
		}
		for _, other := range all {
			if within(other.dir, m.dir) || within(m.dir, other.dir) {
				return nil, fmt.Errorf("mount paths %s and %s overlap", other.dir, m.dir)
			}
		}
		all = append(all, m)
	}
	return all, nil
}

// within reports whether dir is parent or lies below it, by whole segments.
func within(parent, dir string) bool {
	parent, dir = strings.TrimSuffix(parent, "/"), strings.TrimSuffix(dir, "/")
	return dir == parent || strings.HasPrefix(dir, parent+"/")
}
