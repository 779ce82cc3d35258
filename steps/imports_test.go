package steps_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "aligate"

// mayImport is which packages of the module each one may import. Imports point one way: what is not in a row is
// not the business of the package, and a new package gets a row of its own.
var mayImport = map[string][]string{
	".":             {"fixtures", "fixtures/tools", "runner", "steps", "steps/cmdline", "steps/eas", "steps/ecs", "steps/flink"},
	"runner":        {},
	"jq":            {},
	"steps":         {"runner", "jq"},
	"steps/ui":      {"steps", "runner"},
	"steps/cmdline": {"steps", "steps/ui", "runner"},
	"steps/eas":     {"steps", "steps/eas/catalog", "steps/eas/service", "runner", "jq"},
	"steps/ecs":     {"steps", "steps/ecs/order", "steps/ecs/script", "steps/ecs/subnet", "runner", "jq"},
	"steps/flink":   {"steps", "runner", "jq"},
	"fixtures":      {"runner"},
	// Pure: what is known of images, types and service.json.
	"steps/eas/catalog": {},
	"steps/eas/service": {"steps/eas/catalog"},
	// Pure: what is known of orders and prices, of scripts, of addresses and ports.
	"steps/ecs/order":  {},
	"steps/ecs/script": {},
	"steps/ecs/subnet": {},
	"fixtures/tools":   {"fixtures", "runner", "steps"},
	// Programs of their own, not part of the binary.
	"fixtures/bench":        {"fixtures", "steps/eas"},
	"fixtures/bench/aliyun": {},
	"fixtures/sim":          {},
	"fixtures/aliyun":       {"fixtures", "fixtures/ecssim", "fixtures/flinksim"},
	"fixtures/ecssim":       {"runner"},
	"fixtures/flinksim":     {"runner"},
}

// onlyIn is who may import packages that reach outside: aliyun does the calls, and one place starts it.
var onlyIn = map[string][]string{
	"net":      {},
	"net/http": {},
	"net/rpc":  {},
	"plugin":   {},
	"unsafe":   {},
	"os/exec":  {"runner", ".", "fixtures/bench", "fixtures/sim", "fixtures/tools"}, // main looks aliyun up on PATH; fixtures fake runs other people's scripts
}

// source is the imports of the module's packages, by package: the import path, and a file that has it.
func source(t *testing.T) map[string]map[string]string {
	t.Helper()
	root := ".."
	found := map[string]map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_") || d.Name() == "testdata" || d.Name() == "vendor"):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(rel)
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		if found[pkg] == nil {
			found[pkg] = map[string]string{}
		}
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			found[pkg][name] = path
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestImports(t *testing.T) {
	t.Parallel()
	found := source(t)
	for pkg := range mayImport {
		if found[pkg] == nil {
			t.Errorf("package %s is not there: has it moved?", pkg)
		}
	}
	for pkg, imports := range found {
		allowed, known := mayImport[pkg]
		if !known {
			t.Errorf("package %s has no row in mayImport", pkg)
			continue
		}
		for name, file := range imports {
			if owners, special := onlyIn[name]; special && !slices.Contains(owners, pkg) {
				t.Errorf("%s imports %s, which only %q may", file, name, owners)
			}
			if inner, ours := strings.CutPrefix(name, module+"/"); ours && !slices.Contains(allowed, inner) {
				t.Errorf("%s imports %s; package %s may import %q", file, inner, pkg, allowed)
			}
		}
	}
}

// The rows themselves point one way: following them, nobody gets back to where he began.
func TestImportsOneWay(t *testing.T) {
	t.Parallel()
	var visit func(pkg string, path []string)
	visit = func(pkg string, path []string) {
		if slices.Contains(path, pkg) {
			t.Fatalf("the rows of mayImport go round: %s", strings.Join(append(path, pkg), " -> "))
		}
		for _, next := range mayImport[pkg] {
			visit(next, append(slices.Clone(path), pkg))
		}
	}
	for pkg := range mayImport {
		visit(pkg, nil)
	}
}
