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
	commands := schemasOfCommands(t, root)
	for _, name := range commands {
		printed[name] = true
	}
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
	if len(printed) < 25 || len(commands) < 11 {
		t.Fatalf("found %d schemas, %d of them of commands, fewer than there must be", len(printed), len(commands))
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

// schemasOfCommands returns the schemas that internal/job makes of the names of the
// commands in internal/rowstate: a report and a plan of each command on many users. An
// import has another plan, and a create is about one user.
func schemasOfCommands(t *testing.T, root string) []string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(root, "internal", "rowstate", "command.go"))
	if err != nil {
		t.Fatal(err)
	}
	var schemas []string
	for _, command := range regexp.MustCompile(`(?m)^\tCommand\w+ += "([a-z-]+)"$`).FindAllStringSubmatch(string(source), -1) {
		switch name := command[1]; name {
		case "create":
		case "import":
			schemas = append(schemas, "usher.import/v1")
		default:
			schemas = append(schemas, "usher."+name+"/v1", "usher."+name+"-plan/v1")
		}
	}
	return schemas
}
