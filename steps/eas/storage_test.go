package eas

import (
	"strings"
	"testing"
)

func TestParseMount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value string
		want  mount
		bad   string // a fragment of the error, if there is one
	}{
		{value: "oss://bucket/path/", want: mount{path: "oss://bucket/path/"}},
		// Without the slash the service takes the path for a file.
		{value: "oss://bucket/path", want: mount{path: "oss://bucket/path/"}},
		{value: "oss://bucket", want: mount{path: "oss://bucket/"}},
		{value: "oss://bucket/", want: mount{path: "oss://bucket/"}},
		{value: "oss://bucket/a/b.c/d_e/", want: mount{path: "oss://bucket/a/b.c/d_e/"}},
		{value: "oss://bucket/..a/b../", want: mount{path: "oss://bucket/..a/b../"}},
		{value: "oss://b-1.x/é/", want: mount{path: "oss://b-1.x/é/"}},
		{value: "oss://bucket/path/=/data", want: mount{"oss://bucket/path/", "/data"}},
		{value: "oss://bucket/path=/data/x", want: mount{"oss://bucket/path/", "/data/x"}},
		{value: "oss://bucket/path/=/data/", want: mount{"oss://bucket/path/", "/data/"}},

		{value: "", bad: "does not begin with oss://"},
		{value: "bucket/path/", bad: "does not begin with oss://"},
		{value: "OSS://bucket/path/", bad: "does not begin with oss://"},
		{value: "s3://bucket/path/", bad: "does not begin with oss://"},
		{value: "=/data", bad: "does not begin with oss://"},
		{value: "oss://", bad: `"" is not a bucket name`},
		{value: "oss:///path/", bad: `"" is not a bucket name`},
		{value: "oss://Bucket/", bad: `"Bucket" is not a bucket name`},
		{value: "oss://my_bucket/", bad: "is not a bucket name"},
		{value: "oss://-bucket/", bad: "is not a bucket name"},
		{value: "oss://.bucket/", bad: "is not a bucket name"},
		{value: "oss://../x/", bad: "is not a bucket name"},
		{value: "oss:// bucket/", bad: "is not a bucket name"},
		{value: "oss://bucket?x/", bad: "is not a bucket name"},
		{value: "oss://" + strings.Repeat("b", 256) + "/", bad: "is not a bucket name"},
		{value: "oss://bucket/../x/", bad: "the path may not hold"},
		{value: "oss://bucket/x/..", bad: "the path may not hold"},
		{value: "oss://bucket/x//y/", bad: "the path may not hold"},
		{value: "oss://bucket/x//", bad: "the path may not hold"},
		{value: "oss://bucket/a b/", bad: "the path may not hold"},
		{value: "oss://bucket/a?b/", bad: "the path may not hold"},
		{value: "oss://bucket/x/=", bad: "behind = is empty"},
		{value: "oss://bucket/x/=data", bad: "is not absolute"},
		{value: "oss://bucket/x/=/etc", bad: "belongs to the system"},
		{value: "oss://bucket/x/=/", bad: "is not a plain directory"},
	} {
		got, err := parseMount(c.value)
		switch {
		case c.bad == "" && err != nil:
			t.Errorf("%q: got %v, want no error", c.value, err)
		case c.bad != "" && (err == nil || !strings.Contains(err.Error(), c.bad)):
			t.Errorf("%q: got %v, want an error with %q", c.value, err, c.bad)
		case c.bad == "" && got != c.want:
			t.Errorf("%q: got %+v, want %+v", c.value, got, c.want)
		}
	}
}

func TestCheckMountDir(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ dir, bad string }{
		{"/model_dir", ""}, {"/data/", ""}, {"/a/b/c", ""}, {"/mnt/data-1.x", ""}, {"/root", ""}, {"/var/lib/x", ""},
		// Names that only begin like a system directory.
		{"/etcetera", ""}, {"/devices", ""}, {"/library", ""}, {"/lib32", ""}, {"/usr2", ""}, {"/x/etc", ""},
		{"", "is not absolute"}, {"data", "is not absolute"}, {"./data", "is not absolute"}, {"~/data", "is not absolute"},
		{"/", "is not a plain directory"}, {"//", "is not a plain directory"}, {"/..", "is not a plain directory"}, {"/.", "is not a plain directory"},
		{"/data//x", "is not a plain directory"}, {"/data//", "is not a plain directory"}, {"//data", "is not a plain directory"},
		{"/data/../x", "is not a plain directory"}, {"/data/./x", "is not a plain directory"}, {"/data/..", "is not a plain directory"}, {"/data/.", "is not a plain directory"},
		{"/bin", "lies in /bin"}, {"/boot/x", "lies in /boot"}, {"/dev/shm", "lies in /dev"}, {"/etc/", "lies in /etc"}, {"/lib/x", "lies in /lib"}, {"/lib64", "lies in /lib64"},
		{"/proc/1", "lies in /proc"}, {"/run", "lies in /run"}, {"/sbin", "lies in /sbin"}, {"/sys/fs", "lies in /sys"}, {"/usr/local/x", "lies in /usr"},
		{"/x/../etc", "is not a plain directory"}, // however it is spelled
	} {
		err := checkMountDir(c.dir)
		if (err == nil) != (c.bad == "") || err != nil && !strings.Contains(err.Error(), c.bad) {
			t.Errorf("%q: got %v, want %q", c.dir, err, c.bad)
		}
	}
}

func TestMounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values []string
		want   []mount
		bad    string
	}{
		{nil, nil, ""},
		{[]string{"oss://a/"}, []mount{{"oss://a/", "/model_dir"}}, ""},
		{[]string{"oss://a/=/m"}, []mount{{"oss://a/", "/m"}}, ""},
		{[]string{"oss://a", "oss://b/x=/data"}, []mount{{"oss://a/", "/model_dir"}, {"oss://b/x/", "/data"}}, ""},
		{[]string{"oss://a/=/data", "oss://b/=/database"}, []mount{{"oss://a/", "/data"}, {"oss://b/", "/database"}}, ""},
		// A path may be mounted twice.
		{[]string{"oss://a/=/m", "oss://a/=/n"}, []mount{{"oss://a/", "/m"}, {"oss://a/", "/n"}}, ""},
		// A value its own check rejects is not named twice.
		{[]string{"nonsense"}, nil, ""},
		{[]string{"oss://a/=/m", "nonsense", "oss://b/=/n"}, []mount{{"oss://a/", "/m"}, {"oss://b/", "/n"}}, ""},

		{[]string{"oss://a/", "oss://b/"}, nil, `"oss://b/" needs a mount path`},
		{[]string{"oss://a/=/m", "oss://b/"}, nil, `"oss://b/" needs a mount path`},
		{[]string{"oss://a/=/m", "oss://b/=/m"}, nil, "mount paths /m and /m overlap"},
		{[]string{"oss://a/=/m", "oss://b/=/m/"}, nil, "mount paths /m and /m/ overlap"},
		{[]string{"oss://a/=/m", "oss://b/=/m/x"}, nil, "mount paths /m and /m/x overlap"},
		{[]string{"oss://a/=/m/x", "oss://b/=/m"}, nil, "mount paths /m/x and /m overlap"},
		{[]string{"oss://a/", "oss://b/=/model_dir/x"}, nil, "mount paths /model_dir and /model_dir/x overlap"},
		{[]string{"oss://a/=/m", "oss://b/=/n", "oss://c/=/m/y"}, nil, "mount paths /m and /m/y overlap"},
	} {
		got, err := mounts(c.values)
		if (err == nil) != (c.bad == "") || err != nil && !strings.Contains(err.Error(), c.bad) {
			t.Errorf("%q: got %v, want %q", c.values, err, c.bad)
		}
		same(t, got, c.want)
	}
}

func TestWithin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		parent, dir string
		want        bool
	}{
		{"/m", "/m", true}, {"/m", "/m/", true}, {"/m/", "/m", true}, {"/m", "/m/x", true}, {"/m/", "/m/x/y", true},
		{"/m", "/mm", false}, {"/m/x", "/m", false}, {"/m", "/n/m", false}, {"/data", "/database", false},
	} {
		if got := within(c.parent, c.dir); got != c.want {
			t.Errorf("within(%q, %q): got %t", c.parent, c.dir, got)
		}
	}
}
