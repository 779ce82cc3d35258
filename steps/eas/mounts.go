package eas

import (
	"fmt"
	"strconv"
	"strings"

	"aligate/steps"
	"aligate/steps/eas/service"
)

// A mount is what a storage flag says: a source, and where it appears.
type mount struct {
	// flag is the value as given.
	flag string
	// dir is the mount path, "" for the default one.
	dir      string
	writable bool
	// source is oss, nfs or dataset, and item what stands under that key.
	source string
	item   map[string]any
}

// storageFlags are the flags that mount something, in the order in which they are written.
var storageFlags = []struct {
	name  string
	parse func(string) (mount, error)
}{
	{"oss", parseOSS},
	{"nfs", parseNFS},
	{"dataset", parseDataset},
}

// cutMount splits SOURCE=MOUNT[:rw]. The = that counts is the last one with a slash behind it: a path may hold
// others, as in dt=2024/.
func cutMount(v string) (source string, m mount, err error) {
	m.flag = v
	i := strings.LastIndex(v, "=/")
	if i < 0 {
		if before, dir, ok := strings.Cut(v, "/="); ok && !strings.Contains(dir, "/") {
			return "", m, fmt.Errorf("%q: the mount path %q behind %s/= is not absolute", v, dir, before)
		}
		return v, m, nil
	}
	source, m.dir = v[:i], v[i+1:]
	if dir, mode, ok := strings.Cut(m.dir, ":"); ok {
		if mode != "rw" && mode != "ro" {
			return "", m, fmt.Errorf("%q: %q behind the mount path is not rw or ro", v, mode)
		}
		m.dir, m.writable = dir, mode == "rw"
	}
	if what := service.MountPathProblem(m.dir); what != "" {
		return "", m, fmt.Errorf("%q: mount path %q %s", v, m.dir, what)
	}
	return source, m, nil
}

// parseOSS reads oss://bucket/path/[=MOUNT[:rw]] (rules R74 and R76). A missing trailing slash is added: without
// it the service takes the path for a file.
func parseOSS(v string) (mount, error) {
	uri, m, err := cutMount(v)
	if err != nil {
		return m, err
	}
	if !strings.HasPrefix(uri, "oss://") {
		return m, fmt.Errorf("%q does not begin with oss://", v)
	}
	if bucket := service.Bucket(uri); !madeOf(bucket, "a0.-", 1, 255) || !madeOf(bucket[:1], "a0", 1, 1) {
		return m, fmt.Errorf("%q: %q is not a bucket name", v, bucket)
	}
	if what := service.OSSPathProblem(uri); what != "" {
		return m, fmt.Errorf("%q: the path %s", v, what)
	}
	m.source, m.item = "oss", map[string]any{"path": strings.TrimSuffix(uri, "/") + "/", "readOnly": !m.writable}
	return m, nil
}

// parseNFS reads SERVER:/path[=MOUNT[:rw]] (rule R79).
func parseNFS(v string) (mount, error) {
	source, m, err := cutMount(v)
	if err != nil {
		return m, err
	}
	server, path, ok := strings.Cut(source, ":")
	if !ok || !madeOf(server, "aA0.-", 1, 255) || strings.HasPrefix(server, "-") || !strings.HasPrefix(path, "/") {
		return m, fmt.Errorf("%q is not SERVER:/path, e.g. 0a1b2-xyz.cn-hangzhou.nas.aliyuncs.com:/models", v)
	}
	m.source, m.item = "nfs", map[string]any{"server": server, "path": path, "readOnly": !m.writable}
	return m, nil
}

// parseDataset reads ID[:VERSION][=MOUNT[:rw]] (rule R80). Read-only is the default there, and not written out.
func parseDataset(v string) (mount, error) {
	source, m, err := cutMount(v)
	if err != nil {
		return m, err
	}
	id, version, versioned := strings.Cut(source, ":")
	if !strings.HasPrefix(id, "d-") || !madeOf(id, "aA0-", 3, 64) || versioned && !madeOf(version, "aA0._-", 1, 32) {
		return m, fmt.Errorf("%q is not the id of a dataset such as d-abc123, with :VERSION behind it or not", v)
	}
	m.source, m.item = "dataset", map[string]any{"id": id}
	if versioned {
		m.item["version"] = version
	}
	if m.writable {
		m.item["read_only"] = false
	}
	return m, nil
}

// mounts parses all storage flags, gives the first its default directory, and finds collisions (rule R75).
func mounts(v steps.Values, first string) ([]mount, error) {
	var all []mount
	for _, f := range storageFlags {
		for _, value := range v[f.name] {
			m, err := f.parse(value)
			if err != nil {
				continue // the parameter's own check names it
			}
			switch {
			case m.dir == "" && len(all) == 0:
				m.dir = first
			case m.dir == "":
				return nil, fmt.Errorf("%q needs a mount path: only the first has a default, write %s=/dir", value, value)
			}
			for _, other := range all {
				if service.Within(other.dir, m.dir) || service.Within(m.dir, other.dir) {
					return nil, fmt.Errorf("mount paths %s and %s overlap", other.dir, m.dir)
				}
			}
			all = append(all, m)
		}
	}
	return all, nil
}

// storage is m as an item of the file.
func (m mount) storage() map[string]any {
	return map[string]any{"mount_path": m.dir, m.source: m.item}
}

// parseAutoscaler reads min=1,max=4,qps=20: the bounds, and a threshold for each metric (rules R83 and R84).
func parseAutoscaler(v string) (map[string]any, error) {
	scaler := map[string]any{}
	for _, part := range strings.Split(v, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			return nil, fmt.Errorf("%q: write min=N,max=N and a metric with its threshold, e.g. min=1,max=4,qps=20", v)
		}
		switch key {
		case "min", "max":
			n, err := strconv.Atoi(value)
			if err != nil || n < 0 || n == 0 && key == "max" {
				return nil, fmt.Errorf("%s=%s: not a number of instances", key, value)
			}
			if scaler[key] != nil {
				return nil, fmt.Errorf("%s is given twice", key)
			}
			scaler[key] = n
		case "qps", "cpu", "gpu", "memory":
			threshold, err := strconv.ParseFloat(value, 64)
			if err != nil || !(threshold > 0) || threshold > 1e9 {
				return nil, fmt.Errorf("%s=%s: the threshold is not a number above 0", key, value)
			}
			service.Append(scaler, "scaleStrategies", map[string]any{"metricName": key, "threshold": threshold})
		default:
			return nil, fmt.Errorf("%q is not one of min, max, qps, cpu, gpu, memory", key)
		}
	}
	least, _ := scaler["min"].(int)
	most, ok := scaler["max"].(int)
	switch {
	case scaler["min"] == nil || !ok:
		return nil, fmt.Errorf("%q: min and max are both needed", v)
	case least > most:
		return nil, fmt.Errorf("min %d is above max %d", least, most)
	case scaler["scaleStrategies"] == nil:
		return nil, fmt.Errorf("%q: a metric is needed: qps, cpu, gpu or memory, e.g. qps=20", v)
	}
	return scaler, nil
}
