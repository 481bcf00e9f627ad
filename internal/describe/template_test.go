package describe_test

import (
	"net/url"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/bring-aboard/usher/internal/describe"
)

func TestTemplates(t *testing.T) {
	for _, test := range []struct{ template, value, want string }{
		{"", "x", ""},
		{"all", "x", "all"},
		{"{key}", "a b", "a b"},
		{"a{key}c", "b", "abc"},
		{"{key|lower}", "ADA@Example.com", "ada@example.com"},
		{"email='{key|sq}'", "o'hara", `email='o\'hara'`},
		{`userName eq "{key|dq}"`, `a"b\c`, `userName eq "a\"b\\c"`},
		{`"{key|lower|dq}"`, `A"`, `"a\""`},
	} {
		template, err := describe.ParseTemplate(test.template, []string{"key"})
		if err != nil {
			t.Errorf("%s: %v", test.template, err)
			continue
		}
		got, err := template.Expand(func(string) string { return test.value })
		if err != nil || got != test.want {
			t.Errorf("%s: got %q, %v, want %q", test.template, got, err, test.want)
		}
	}
}

func TestTemplatesThatAreWrong(t *testing.T) {
	for template, want := range map[string]string{
		"{kay}":            `unknown value "kay"`,
		"{keyy}":           `unknown value "keyy" (did you mean key?)`,
		"{key|lowr}":       `unknown filter "lowr" (did you mean lower?)`,
		"{key":             "without a closing one",
		"key}":             "without an opening one",
		"x='{key}'":        "needs the filter sq",
		`x="{key}"`:        "needs the filter dq",
		`x='{key|dq}'`:     "needs the filter sq",
		"x={key|sq}":       "needs the filter (none)",
		"x='{key|sq}":      "a quotation mark without a second one",
		"'{key|sq|lower}'": "must be the last one",
	} {
		if _, err := describe.ParseTemplate(template, []string{"key"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", template, err, want)
		}
	}
}

// A value never leaves its segment of a path.
func TestValuesStayInTheirSegment(t *testing.T) {
	path, err := describe.ParsePath("/users/{key}/roles/x{key}y", []string{"key"})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", ".", "..", "../..", "a/b", "%2e%2e", "?a=b", "#", `\`})).Draw(t, "value")
		text, err := path.Expand(func(string) string { return value })
		if err != nil {
			if value != "" && value != "." && value != ".." {
				t.Fatalf("refused: %v", err)
			}
			return
		}
		segments := strings.Split(text, "/")
		if len(segments) != 5 || strings.ContainsAny(text, "?#") {
			t.Fatalf("got %q", text)
		}
		for i, want := range map[int]string{2: value, 4: "x" + value + "y"} {
			if got, err := url.PathUnescape(segments[i]); err != nil || got != want {
				t.Fatalf("segment %d is %q, %v, want %q", i, got, err, want)
			}
		}
	})
}

// A value never leaves its parameter of a query, nor its quotation marks, and is found again in what was sent.
func TestValuesStayInTheirQuotes(t *testing.T) {
	for _, test := range []struct {
		query string
		quote rune
	}{{"filter=(email='{key|sq}')&x=1", '\''}, {`filter=(email eq "{key|dq}")&x=1`, '"'}} {
		query, err := describe.ParseQuery(test.query, []string{"key"})
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			value := rapid.OneOf(rapid.String(), rapid.StringMatching(`['"\\&=a]{0,6}`)).Draw(t, "value")
			values, err := describe.Values(query, func(string) string { return value })
			if err != nil {
				if !strings.ContainsRune(value, '\\') && strings.IndexFunc(value, unicode.IsControl) < 0 {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			sent, err := url.ParseQuery(values.Encode())
			if err != nil || len(sent) != 2 || sent.Get("x") != "1" {
				t.Fatalf("got %v, %v", sent, err)
			}
			if literal, rest := unquoted(sent.Get("filter"), test.quote); literal != value || rest != ")" {
				t.Fatalf("the literal is %q and then %q", literal, rest)
			}
			if again, ok := query[0].Value.Match(sent.Get("filter")); !ok || again != value {
				t.Fatalf("found %q again, %v", again, ok)
			}
		})
	}
}

// unquoted reads a quoted literal as a server does, and returns what follows it.
func unquoted(text string, quote rune) (literal, rest string) {
	var b strings.Builder
	open, escaped := false, false
	for i, r := range text {
		switch {
		case !open:
			open = r == quote
		case escaped:
			b.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped = true
		case r == quote:
			return b.String(), text[i+len(string(r)):]
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), "(no end)"
}

func TestPointers(t *testing.T) {
	const document = `{"errors":[{"code":"a"},{"code":"b"}],"data":{"user.email":[1,true],"a/b":"c"},"n":null}`
	for pointer, want := range map[string]string{
		"/errors/*/code": "a b", "/errors/1/code": "b", "/data/user.email/0": "1", "/data/user.email/1": "true", "/data/a~1b": "c",
		"/data/*/0": "1", "/none": "", "/errors/7": "", "/n": "", "": "",
	} {
		parsed, err := describe.ParsePointer(pointer)
		if err != nil || parsed.String() != pointer {
			t.Errorf("%s: %v, %v", pointer, parsed, err)
		}
		if got := strings.Join(parsed.Texts([]byte(document)), " "); got != want {
			t.Errorf("%s: got %q, want %q", pointer, got, want)
		}
	}
	for _, pointer := range []string{"id", "/a//b", "/a~2"} {
		if _, err := describe.ParsePointer(pointer); err == nil {
			t.Errorf("%s is taken for a pointer", pointer)
		}
	}
}
