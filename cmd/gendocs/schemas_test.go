package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
)

// Every schema that the program prints has its section in docs/output.md, and
// every section is of one that it prints.
func TestSchemasAreDescribed(t *testing.T) {
	root := archtest.Root(t)
	page, err := os.ReadFile(filepath.Join(root, "docs", "output.md"))
	if err != nil {
		t.Fatal(err)
	}
	described := map[string]bool{}
	for _, heading := range regexp.MustCompile(`(?m)^### (usher\.\S+)$`).FindAllStringSubmatch(string(page), -1) {
		described[heading[1]] = true
	}
	printed := map[string]bool{}
	err = filepath.WalkDir(filepath.Join(root, "internal"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, name := range regexp.MustCompile(`"(usher\.[a-z-]+/v\d+)"`).FindAllStringSubmatch(string(source), -1) {
			printed[name[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(printed) < 8 {
		t.Fatalf("found %d schemas, fewer than there must be", len(printed))
	}
	for name := range printed {
		if !described[name] {
			t.Errorf("docs/output.md has no section on %s", name)
		}
	}
	for name := range described {
		if !printed[name] {
			t.Errorf("docs/output.md describes %s, which nothing prints", name)
		}
	}
}
