package eas

import (
	"strings"
	"testing"
)

func TestParseMounts(t *testing.T) {
	t.Parallel()
	oss := func(path string, readOnly bool) map[string]any {
		return map[string]any{"path": path, "readOnly": readOnly}
	}
	for _, c := range []struct {
		parse func(string) (mount, error)
		flag  string
		dir   string
		item  map[string]any
	}{
		{parseOSS, "oss://b", "", oss("oss://b/", true)},
		{parseOSS, "oss://b/x", "", oss("oss://b/x/", true)},
		{parseOSS, "oss://b/x/=/data", "/data", oss("oss://b/x/", true)},
		{parseOSS, "oss://b/x=/data:rw", "/data", oss("oss://b/x/", false)},
		{parseOSS, "oss://b/x=/data:ro", "/data", oss("oss://b/x/", true)},
		// A path may hold = itself: the one that counts has a slash behind it.
		{parseOSS, "oss://b/dt=2024/", "", oss("oss://b/dt=2024/", true)},
		{parseOSS, "oss://b/dt=2024/hour=1/=/data", "/data", oss("oss://b/dt=2024/hour=1/", true)},
		{parseNFS, "h.nas.aliyuncs.com:/m", "", map[string]any{"server": "h.nas.aliyuncs.com", "path": "/m", "readOnly": true}},
		{parseNFS, "h:/=/data:rw", "/data", map[string]any{"server": "h", "path": "/", "readOnly": false}},
		{parseDataset, "d-abc", "", map[string]any{"id": "d-abc"}},
		{parseDataset, "d-abc:v2=/data:rw", "/data", map[string]any{"id": "d-abc", "version": "v2", "read_only": false}},
	} {
		m, err := c.parse(c.flag)
		if err != nil {
			t.Errorf("%s: %v", c.flag, err)
			continue
		}
		same(t, m.dir, c.dir)
		same(t, m.item, c.item)
	}
	for _, c := range []struct {
		parse func(string) (mount, error)
		flag  string
		want  string
	}{
		{parseOSS, "oss://", "not a bucket name"}, {parseOSS, "oss:///x/", "not a bucket name"}, {parseOSS, "oss://B/", "not a bucket name"}, {parseOSS, "oss://-b/", "not a bucket name"},
		{parseOSS, "s3://b/", "does not begin"}, {parseOSS, "oss://b/a b/", "blank"}, {parseOSS, "oss://b//x/", "//"}, {parseOSS, "oss://b/x//y/", "//"}, {parseOSS, "oss://b/../x/", ".."},
		{parseOSS, "oss://b/x?y/", "?"}, {parseOSS, "oss://b/x/=data", "not absolute"}, {parseOSS, "oss://b/x/=", "not absolute"}, {parseOSS, "oss://b/=/", "plain directory"},
		{parseOSS, "oss://b/=/a/../b", "plain directory"}, {parseOSS, "oss://b/=/usr/lib", "/usr"}, {parseOSS, "oss://b/=/dev/shm", "shm_size"}, {parseOSS, "oss://b/=/data:x", "rw or ro"},
	} {
		if _, err := c.parse(c.flag); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.flag, err, c.want)
		}
	}
}

func TestMounts(t *testing.T) {
	t.Parallel()
	all, err := mounts(given("oss", "oss://b/x", "nfs", "h:/y=/y", "dataset", "d-1=/z"), "/models")
	if err != nil {
		t.Fatal(err)
	}
	var dirs []string
	for _, m := range all {
		dirs = append(dirs, m.source+" "+m.dir)
	}
	same(t, dirs, []string{"oss /models", "nfs /y", "dataset /z"})
	for _, c := range []struct {
		flags []string
		want  string
	}{
		{[]string{"oss", "oss://a/", "oss", "oss://b/"}, "needs a mount path"},
		{[]string{"oss", "oss://a/", "nfs", "h:/b"}, "needs a mount path"},
		{[]string{"oss", "oss://a/=/m", "nfs", "h:/b=/m/x"}, "overlap"},
		{[]string{"oss", "oss://a/=/m/x", "dataset", "d-1=/m"}, "overlap"},
	} {
		if _, err := mounts(given(c.flags...), "/models"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want %q", c.flags, err, c.want)
		}
	}
}

func TestParseAutoscaler(t *testing.T) {
	t.Parallel()
	got, err := parseAutoscaler("max=4,qps=20,min=0,cpu=70.5")
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, map[string]any{"min": 0, "max": 4, "scaleStrategies": []any{
		map[string]any{"metricName": "qps", "threshold": 20.0}, map[string]any{"metricName": "cpu", "threshold": 70.5},
	}})
}
