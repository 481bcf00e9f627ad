package form

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/schema"
)

// typing returns a form before which a person types these lines and then leaves.
func typing(t *testing.T, lines ...string) (f Form, shown *term.Buffer) {
	t.Helper()
	streams, in, _, shown := term.Test(term.WithTerminals(true, true, true))
	if _, err := in.WriteString(strings.Join(lines, "\n") + "\n"); err != nil {
		t.Fatal(err)
	}
	return Form{Streams: streams}, shown
}

func TestLinesTellWhatBecomesOfAKnownAnswer(t *testing.T) {
	optional := Question{Name: "x", Title: "X", Value: "known\x1b"}
	required := Question{Name: "x", Title: "X", Value: "known", Required: true}
	secret := Question{Name: "x", Title: "X", Value: "canary", Secret: true}
	closed := Question{Name: "x", Title: "X", Value: "b", Options: []string{"a", "b"}}
	for name, test := range map[string]struct {
		question    Question
		typed, want string
		shown       string
	}{
		"kept":                {optional, "", "known\x1b", "X [Enter keeps known\uFFFD, - clears it]: "},
		"cleared":             {optional, "-", "", ""},
		"changed":             {optional, " new ", "new", ""},
		"required, kept":      {required, "", "known", "X (required) [Enter keeps known]: "},
		"required, a mark":    {required, "-", "-", ""},
		"secret, kept":        {secret, "", "canary", "X [Enter keeps the known value]: "},
		"secret, a mark":      {secret, "-", "-", ""},
		"secret with spaces":  {secret, " new ", " new ", ""},
		"nothing known":       {Question{Name: "x", Title: "X"}, "-", "-", "X: "},
		"option, kept":        {closed, "", "b", "Number from 1 to 3 [3]: "},
		"option by number":    {closed, "2", "a", "1. (omit)\n2. a\n3. b\n"},
		"option by text":      {closed, " a ", "a", ""},
		"option left out":     {closed, "1", "", ""},
		"option, bad numbers": {closed, "0\n4\n-1\nzero\n2", "a", "Enter a number from the list."},
	} {
		t.Run(name, func(t *testing.T) {
			f, shown := typing(t, test.typed)
			answers, err := f.Ask(t.Context(), "Title", []Question{test.question})
			if err != nil || !maps.Equal(answers, map[string]string{"x": test.want}) {
				t.Errorf("answers %q, %v, want %q", answers, err, test.want)
			}
			if !strings.Contains(shown.String(), test.shown) || strings.Contains(shown.String(), "canary") {
				t.Errorf("shown is %q, which lacks %q or holds a secret", shown, test.shown)
			}
		})
	}
}

func TestRequiredOptionHasNoEmptyAnswer(t *testing.T) {
	f, shown := typing(t, "", "1")
	question := Question{Name: "x", Title: "X", Options: []string{"a", "b"}, Required: true}
	answers, err := f.Ask(t.Context(), "", []Question{question})
	if err != nil || answers["x"] != "a" {
		t.Errorf("answers %q, %v", answers, err)
	}
	if strings.Contains(shown.String(), "leave it out") {
		t.Errorf("shown is %q", shown)
	}
}

func TestSelectInLines(t *testing.T) {
	f, shown := typing(t, "", "2")
	got, err := f.Select(t.Context(), "Profile", []string{"acme", "globex"})
	if err != nil || got != "globex" {
		t.Errorf("got %q, %v", got, err)
	}
	if want := "Profile\n1. acme\n2. globex\nNumber from 1 to 2: "; !strings.HasPrefix(shown.String(), want) {
		t.Errorf("shown is %q, want %q", shown, want)
	}
	if _, err := f.Select(t.Context(), "Profile", nil); err == nil {
		t.Error("an empty list is no error")
	}
}

func TestEndOfInputIsAnError(t *testing.T) {
	questions := Questions(schema.Table{{Name: "first"}, {Name: "second", Title: "The second"}}, nil)
	f, _ := typing(t, "one")
	answers, err := f.Ask(t.Context(), "", questions)
	if len(answers) != 1 || answers["first"] != "one" || !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "The second") {
		t.Errorf("answers %q, %v", answers, err)
	}
}

func TestOnlyATerminalIsAsked(t *testing.T) {
	streams, _, _, shown := term.Test(term.WithTerminals(false, true, true))
	f := Form{Streams: streams}
	questions := []Question{{Name: "x", Title: "X"}}
	_, asked := f.Ask(t.Context(), "Title", questions)
	_, chosen := f.Select(t.Context(), "Title", []string{"a"})
	for _, err := range []error{asked, chosen} {
		var why *term.NoPromptError
		if !errors.Is(err, ErrNotTerminal) || !errors.As(err, &why) || why.Reason != "standard input is not a terminal" {
			t.Errorf("error %v", err)
		}
	}
	if shown.String() != "" {
		t.Errorf("shown is %q", shown)
	}
	if answers, err := f.Ask(t.Context(), "Title", nil); err != nil || len(answers) != 0 {
		t.Errorf("no question gave %q, %v", answers, err)
	}
}

func TestEndedContextAsksNothing(t *testing.T) {
	f, shown := typing(t, "y", "y", "y")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, asked := f.Ask(ctx, "Title", []Question{{Name: "x", Title: "X"}})
	_, chosen := f.Select(ctx, "Title", []string{"a"})
	if i := slices.IndexFunc([]error{asked, chosen}, func(err error) bool { return err != context.Canceled }); i >= 0 {
		t.Errorf("errors %v, %v", asked, chosen)
	}
	if shown.String() != "" {
		t.Errorf("shown is %q", shown)
	}
}

// Two fields of twenty take five answers: their numbers, their values, and that it is all. Only what needs an answer is
// asked for without a choice. Nothing is lost, and a secret is not shown.
func TestOptionalQuestionsAreChosenFromAList(t *testing.T) {
	questions := []Question{{Name: "key", Title: "Key", Required: true}, {Name: "known", Title: "Known", Value: "x", Required: true}, {Name: "secret", Title: "Secret", Value: "canary", Secret: true}}
	for i := range 20 {
		questions = append(questions, Question{Name: fmt.Sprint("f", i+1), Title: fmt.Sprint("Field ", i+1), Default: strings.Repeat("d", i%2)})
	}
	f, shown := typing(t, "", "ann", "5", "two", "24", "0", "23", "twenty", "")
	answers, err := f.Ask(t.Context(), "Title", questions)
	given := map[string]string{}
	for name, answer := range answers {
		if answer != "" {
			given[name] = answer
		}
	}
	if want := map[string]string{"key": "ann", "known": "x", "secret": "canary", "f2": "two", "f20": "twenty"}; err != nil || len(answers) != len(questions) || !maps.Equal(given, want) {
		t.Errorf("answers %q, %v, want %q", answers, err, want)
	}
	for _, want := range []string{"(1 of 1) Key (required): ", "\n1. Done\n2. Known (required): x\n3. Secret: (hidden)\n4. Field 1\n5. Field 2: d\n", "\n5. Field 2: two\n", "Number from 1 to 23 [1]: "} {
		if !strings.Contains(shown.String(), want) {
			t.Errorf("shown is %q, which lacks %q", shown, want)
		}
	}
	if strings.Contains(shown.String(), "canary") {
		t.Error("a secret is shown")
	}
}
