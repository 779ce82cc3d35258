package service

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// systemDirs may not be mounted over (rule R74); over those of warnDirs, one may wish to.
var (
	systemDirs = []string{"/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/run", "/sbin", "/sys", "/usr"}
	warnDirs   = []string{"/root", "/var"}
)

// MountPathProblem says what is wrong with a mount path (rule R74), "" if nothing is.
func MountPathProblem(dir string) string {
	switch clean := path.Clean(dir); {
	case !path.IsAbs(dir):
		return "is not absolute"
	case clean == "/" || clean != strings.TrimSuffix(dir, "/"):
		return "is not a plain directory below /"
	case strings.ContainsAny(dir, "\t\r\n"):
		return "holds control characters"
	case Within("/dev/shm", clean):
		return "is shared memory: metadata.shm_size sets its size"
	}
	for _, system := range systemDirs {
		if Within(system, path.Clean(dir)) {
			return "lies in " + system + ", which belongs to the system"
		}
	}
	return ""
}

// Within reports whether dir is parent or lies below it, by whole segments.
func Within(parent, dir string) bool {
	parent, dir = strings.TrimSuffix(parent, "/"), strings.TrimSuffix(dir, "/")
	return dir == parent || strings.HasPrefix(dir, parent+"/")
}

// mountPath is rule R74.
func mountPath(f *File, say Sayer) {
	for _, dir := range f.mountPaths() {
		if what := MountPathProblem(dir.Text); what != "" {
			say.At(dir, what, "a directory such as /model_dir")
			continue
		}
		for _, own := range warnDirs {
			if Within(own, dir.Text) {
				say.Warn(dir, "lies in "+own+", where the image may have files of its own", "a directory such as /model_dir")
			}
		}
	}
}

// mountPathsOverlap is rule R75.
func mountPathsOverlap(f *File, say Sayer) {
	// Sorted as directories, what lies in a path stands right behind it.
	all := slices.Clone(f.mountPaths())
	slices.SortStableFunc(all, func(a, b *Node) int {
		return strings.Compare(strings.TrimSuffix(a.Text, "/")+"/", strings.TrimSuffix(b.Text, "/")+"/")
	})
	for i, outer := 1, 0; i < len(all); i++ {
		if !Within(all[outer].Text, all[i].Text) {
			outer = i
			continue
		}
		earlier, later := all[outer], all[i]
		if later.start < earlier.start {
			earlier, later = later, earlier
		}
		say.At(later, fmt.Sprintf("and %q overlap", abridge(earlier.Text)), "mount paths that lie beside each other")
	}
}

// oss calls f for each OSS source that is an object.
func (f *File) oss(do func(item, oss *Node)) {
	for _, item := range f.Root.Get("storage").Items() {
		if source := item.Get("oss"); source != nil && source.Kind == Object {
			do(item, source)
		}
	}
}

// OSSPathProblem says what is wrong with an OSS path beyond its form (rule R76), "" if nothing is.
func OSSPathProblem(uri string) string {
	_, key, _ := strings.Cut(strings.TrimPrefix(uri, "oss://"), "/")
	switch {
	case slices.Contains(strings.Split(key, "/"), ".."):
		return "holds .."
	case strings.Contains(key, "//") || strings.HasPrefix(key, "/"):
		return "holds an empty directory name (//)"
	case strings.ContainsAny(key, "? \t\r\n"):
		return "holds a blank or a ?"
	}
	return ""
}

// Bucket is the bucket of an OSS path.
func Bucket(uri string) string {
	bucket, _, _ := strings.Cut(strings.TrimPrefix(uri, "oss://"), "/")
	return bucket
}

// ossPath is the part of rule R76 that the schema lets pass.
func ossPath(f *File, say Sayer) {
	f.oss(func(_, source *Node) {
		n := source.Get("path")
		if !strings.HasPrefix(n.Str(), "oss://") {
			return
		}
		bucket := Bucket(n.Text)
		switch what := OSSPathProblem(n.Text); {
		case what != "":
			say.At(n, what, "a directory such as oss://bucket/path/")
		case strings.HasSuffix(bucket, ".aliyuncs.com"):
			say.Warn(n, "has an endpoint behind the bucket", strconv.Quote(whole(strings.Replace(n.Text, bucket, strings.SplitN(bucket, ".", 2)[0], 1))))
		case bucket != "" && (len(bucket) < 3 || len(bucket) > 63):
			say.Warn(n, fmt.Sprintf("names a bucket of %d characters; buckets have 3 to 63", len(bucket)), "the name of a bucket")
		}
	})
}

// ossReadOnly is the part of rule R77 that the schema lets pass.
func ossReadOnly(f *File, say Sayer) {
	if f.family().Name == "" {
		return
	}
	f.oss(func(_, source *Node) {
		if source.Get("readOnly") == nil && source.Get("read_only") == nil && source.Get("readonly") == nil {
			*say.out = append(*say.out, source.missing("readOnly", say.rule.ID, Warning, "is missing, so the container may write to the bucket", `"readOnly": true`))
		}
	})
}

var regionInName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[-.])((?:cn|ap|us|eu|me|na)-[a-z]{4,}(?:-[0-9])?)(?:[-.]|$)`)
})

// bucketRegion is rule R78, as far as the name of the bucket tells.
func bucketRegion(f *File, say Sayer) {
	f.oss(func(_, source *Node) {
		n := source.Get("path")
		if m := regionInName().FindStringSubmatch(Bucket(n.Str())); m != nil && f.Known.Region != "" && m[1] != f.Known.Region {
			say.At(n, "names "+m[1]+", but the service is in "+f.Known.Region+"; a bucket of another region cannot be mounted", "a bucket in "+f.Known.Region)
		}
	})
}

// nfsNeedsVPC is the part of rule R79 that the schema lets pass.
func nfsNeedsVPC(f *File, say Sayer) {
	for _, item := range f.Root.Get("storage").Items() {
		nfs := item.Get("nfs")
		if nfs == nil {
			continue
		}
		if !f.hasVPC() {
			say.Warn(nfs, "needs a way to its mount point, and there is no cloud.networking", wholeVPC)
		}
		if server := nfs.Get("server"); strings.Contains(server.Str(), ".cpfs.") {
			say.Warn(server, "is a CPFS, which needs a Lingjun quota", "a NAS, unless you have one")
		}
	}
}

// modelWithoutStorage is rule R81.
func modelWithoutStorage(f *File, say Sayer) {
	if len(f.Root.Get("storage").Items()) > 0 {
		return
	}
	for _, c := range f.containers() {
		if family := catalogFamily(c); family != "" {
			say.Missing(f.Root, "storage", "is missing, and a "+family+" image normally needs its model mounted", `"storage": [{"mount_path": "/model_dir", "oss": {"path": "oss://bucket/path/", "readOnly": true}}]`)
			return
		}
	}
}
