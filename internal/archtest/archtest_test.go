package archtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// listener is a test that is told of failures and does not fail.
type listener struct {
	testing.TB
	heard []string
}

func (l *listener) Helper() {}

func (l *listener) Errorf(format string, args ...any) {
	l.heard = append(l.heard, fmt.Sprintf(format, args...))
}

func TestPackagesSeesThisPackage(t *testing.T) {
	packages := Packages(t)
	i := slices.IndexFunc(packages, func(p Package) bool { return p.Path == "internal/archtest" })
	if i < 0 {
		t.Fatal("internal/archtest is not among them")
	}
	if !slices.Contains(packages[i].Imports, "go/parser") || slices.Contains(packages[i].Imports, "fmt") {
		t.Errorf("imports %v", packages[i].Imports)
	}
	if !slices.Contains(packages[i].TestImports, "fmt") {
		t.Errorf("test imports %v", packages[i].TestImports)
	}
}

// Each rule is heard to fail if it is broken and where it judges nothing.
func TestRulesFail(t *testing.T) {
	for name, rule := range map[string]struct {
		judge func(testing.TB)
		want  string
	}{
		"another user of a library": {
			func(t testing.TB) { Only(t, "go/parser", "internal/term") }, "internal/archtest imports go/parser"},
		"a library that nobody uses": {
			func(t testing.TB) { Only(t, "example.com/none", "internal/term") }, "guards nothing"},
		"a package that knows too much": {
			func(t testing.TB) { Below(t, "internal/app", 1, "pkg") }, "internal/app imports internal/config"},
		"a folder that is not there": {
			func(t testing.TB) { Below(t, "internal/nowhere", 1, "pkg") }, "found 0 packages"},
		"a forbidden package": {
			func(t testing.TB) { Never(t, "cmd", 1, "internal/cli") }, "cmd/usher imports internal/cli"},
		"too few packages": {
			func(t testing.TB) { Never(t, "cmd", 100) }, "fewer than the 100"},
		"a name used elsewhere": {
			func(t testing.TB) { OnlyNames(t, "os", []string{"Exit"}, "cmd/gendocs") }, "cmd/usher/main.go:"},
		"a name that nobody uses": {
			func(t testing.TB) { OnlyNames(t, "os", []string{"Nothing"}, "cmd") }, "guards nothing"},
		"an assertion of a type": {
			func(t testing.TB) { NoAssertions(t, "provider", "Client") }, "internal/engine/message.go:"},
	} {
		t.Run(name, func(t *testing.T) {
			l := &listener{TB: t}
			rule.judge(l)
			if !slices.ContainsFunc(l.heard, func(text string) bool { return strings.Contains(text, rule.want) }) {
				t.Errorf("heard %q, nothing of %q", l.heard, rule.want)
			}
		})
	}
}

func TestRulesHold(t *testing.T) {
	Only(t, "go/parser", "internal/archtest")
	Never(t, "cmd/usher", 1, "internal/providers")
	Below(t, "cmd/usher", 1, "internal/cli")
	OnlyNames(t, "os", []string{"Exit"}, "cmd")
}

func TestWithin(t *testing.T) {
	for _, c := range []struct {
		name, folder string
		want         bool
	}{
		{"internal/cli", "internal/cli", true},
		{"internal/cli/users", "internal/cli", true},
		{"internal/client", "internal/cli", false},
		{"internal", "internal/cli", false},
	} {
		if got := Within(c.name, c.folder); got != c.want {
			t.Errorf("Within(%q, %q) = %v", c.name, c.folder, got)
		}
	}
}
