package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
	"github.com/bring-aboard/usher/internal/cli"
	"github.com/bring-aboard/usher/internal/term"
)

// Every variable that the program's source names is on the page, and the page explains each.
func TestVariablesAreDocumented(t *testing.T) {
	documented := map[string]bool{}
	for _, group := range variables(cli.NewReference()) {
		for _, e := range group.entries {
			if e.meaning == "" || documented[e.term] {
				t.Errorf("%s has no meaning, or is there twice", e.term)
			}
			documented[e.term] = true
		}
	}
	read := map[string]bool{}
	for _, name := range term.CIVariables() {
		read[name] = true
	}
	err := filepath.WalkDir(filepath.Join(archtest.Root(t), "internal"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || regexp.MustCompile(`/testdata/|/interop/|/\w+test/`).MatchString(filepath.ToSlash(path)) {
			return err
		}
		source, err := os.ReadFile(path)
		for _, found := range regexp.MustCompile(`(?:[gG]etenv|LookupEnv|env)\("([A-Za-z_]+)"\)|= "(USHER_[A-Z_]+)"`).FindAllStringSubmatch(string(source), -1) {
			read[strings.ToUpper(found[1]+found[2])] = true
		}
		return err
	})
	if err != nil || len(read) < 30 {
		t.Fatalf("found %d variables, %v", len(read), err)
	}
	for name := range documented {
		delete(read, strings.ToUpper(name))
	}
	for name := range read {
		t.Errorf("%s is read, and is not on %s", name, environmentFile)
	}
}
