package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// phrase is an archaic phrase and the plain one that replaces it.
type phrase struct {
	archaic *regexp.Regexp
	plain   string
}

// phrases are those that once made the texts hard to read.
func phrases() []phrase {
	var all []phrase
	for archaic, plain := range map[string]string{
		`mend(s|ed|ing)?`:               "fix",
		`as good as`:                    "the same as",
		`whom`:                          "who, or that",
		`in (the )?place of`:            "instead of",
		`under way`:                     "in progress",
		`(of|on) its own`:               "separate, or its own",
		`all the same`:                  "anyway",
		`(?-i:nobody)`:                  "no user",
		`somebody|someone`:              "another user",
		`everybody`:                     "all users",
		`stand(s|ing)? in the way`:      "prevent",
		`bad days?`:                     "faults",
		`br(ea|o)ks? off|broken? off`:   "interrupted, or ends",
		`(tell|tells|told) apart`:       "distinguish, or identify",
		`(leave|leaves|left) away`:      "omit",
		`look-ups?`:                     "lookup",
		`(?-i:[Ee]-mails?)`:             "email",
		`need not`:                      "does not have to",
		`cannot be told`:                "is unknown",
		`in clear`:                      "in plain text, or unencrypted",
		`written over`:                  "overwritten",
		`heed(s|ed)?`:                   "follow",
		`no regular file`:               "not a regular file",
		`none of the documented values`: "not a documented value",
		`tells? whether`:                "reports whether",
		`time spans?`:                   "duration",
		`contradicts? each other`:       "cannot be combined",
		`(goes|went|gone) wrong`:        "fails, or failed",
		`less than nothing`:             "negative",
		`lest|thus|hence`:               "so that, or therefore",
	} {
		all = append(all, phrase{regexp.MustCompile(`(?i)\b(?:` + archaic + `)\b`), plain})
	}
	return all
}

// cleaned lists the directories and pages whose texts are plain. It grows to the whole module.
func cleaned() []string {
	return []string{
		"internal/describe", "internal/earlyinit", "internal/referee", "internal/safecell", "internal/termtest",
		"internal/address", "internal/app", "internal/archtest", "internal/cli", "internal/cmdutil", "internal/config",
		"internal/doctor", "internal/document", "internal/evidence", "internal/failure", "internal/fields",
		"internal/fileperm", "internal/form", "internal/fsync", "internal/interop", "internal/join", "internal/leak",
		"internal/names", "internal/panicerr", "internal/passwords", "internal/progress", "internal/providers",
		"internal/reliability", "internal/render", "internal/report", "internal/rest", "internal/sandbox",
		"internal/secret", "internal/shell", "internal/target", "internal/term", "pkg/provider", "pkg/schema",
		"README.md", "SECURITY.md", "CONTRIBUTING.md", "docs/README.md", "docs/exit-status.md", "docs/dependencies.md",
		"docs/guides",
		"cmd/gendocs", "cmd/usher", "internal/amend", "internal/benchmarks", "internal/engine", "internal/intake", "internal/job",
		"internal/ledger", "internal/ops", "internal/recorder", "internal/roster", "internal/rowstate", "internal/scratch",
		"docs/benchmarks.md", "docs/internals.md", "docs/output.md", "docs/releasing.md", "docs/reliability.md", "docs/security.md",
	}
}

// The texts and comments of the cleaned directories, tests excepted, and the prose of their pages are free of archaic
// phrases. Blocks of code in a page are checked where their text comes from.
func TestWordsArePlain(t *testing.T) {
	found, keys := phrases(), regexp.MustCompile(`nobody[@-]`) // of lookups that find no user
	check := func(path string, line int, text string) {
		for _, phrase := range found {
			if archaic := phrase.archaic.FindString(keys.ReplaceAllString(text, "")); archaic != "" {
				t.Errorf("%s:%d: %q: use %q", path, line, archaic, phrase.plain)
			}
		}
	}
	checked := map[string]bool{}
	for _, source := range sources(t) {
		if dir := home(source); dir != "" && !strings.HasSuffix(source, "_test.go") {
			checkSource(t, source, check)
			checked[dir] = true
		}
	}
	for _, page := range pages(t) {
		if dir := home(page); dir != "" {
			checkPage(t, page, check)
			checked[dir] = true
		}
	}
	for _, dir := range cleaned() {
		if !checked[dir] {
			t.Errorf("%s contains no source and no page", dir)
		}
	}
}

// home returns the cleaned directory or page that a file belongs to, "" for none.
func home(file string) string {
	at := slices.IndexFunc(cleaned(), func(dir string) bool { return Within(file, dir) })
	if at < 0 {
		return ""
	}
	return cleaned()[at]
}

// checkSource checks the string literals and the comments of a Go file.
func checkSource(t *testing.T, source string, check func(path string, line int, text string)) {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, filepath.Join(Root(t), filepath.FromSlash(source)), nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(node ast.Node) bool {
		if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING && !isData(source, literal.Value) {
			check(source, files.Position(literal.Pos()).Line, literal.Value)
		}
		return true
	})
	for _, comment := range file.Comments {
		_, text, _ := strings.Cut(strings.Join(strings.Fields(comment.Text()), " "), " ") // after the name that it documents
		check(source, files.Position(comment.Pos()).Line, text)
	}
}

// isData reports whether a literal is a header of a roster as users write it (words.go has them in many languages), or
// a value in documents for programs.
func isData(source, literal string) bool {
	return source == "internal/roster/words.go" || slices.Contains([]string{`"e-mail"`, `"e-mail address"`, `"look-ups"`}, literal)
}

// checkPage checks the prose of a page.
func checkPage(t *testing.T, page string, check func(path string, line int, text string)) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Root(t), filepath.FromSlash(page)))
	if err != nil {
		t.Fatal(err)
	}
	inCode, code := false, regexp.MustCompile("`[^`]*`")
	for i, line := range strings.Split(string(text), "\n") {
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "```"):
			inCode = !inCode
		case !inCode:
			check(page, i+1, code.ReplaceAllString(line, ""))
		}
	}
}

// pages lists the pages that are written by hand.
func pages(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/guides/*.md"} {
		found, err := filepath.Glob(filepath.Join(Root(t), filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range found {
			name, err := filepath.Rel(Root(t), page)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, filepath.ToSlash(name))
		}
	}
	return all
}
