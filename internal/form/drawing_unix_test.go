//go:build unix

package form

import (
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/bring-aboard/usher/internal/termtest"
)

var usual = size{80, 24}

func TestFormAsksEachField(t *testing.T) {
	term := start(t, "people", usual)
	term.looksLike(`
New user at acme

┃ Email address (required)
┃ where the user signs in
┃ >

  Password (required)
  >

  Ory identity
  > uuid

  Roles
  >

  Active
  > (omit)
    true
    false

enter next • ctrl+d done • esc cancel`)
	term.Types("  ann@example.com ", termtest.Enter)
	term.isAt("Password (required)")
	term.Types(" p w ", tab)
	term.isAt("Ory identity")
	term.Types(termtest.Down)
	term.looksLike(`
New user at acme

  Email address (required)
  >   ann@example.com

  Password (required)
  > *****

  Ory identity
  > uuid

┃ Roles
┃ several are separated by semicolons; for example member, guest
┃ >

  Active
  > (omit)
    true
    false

enter next • ctrl+d done • esc cancel • shift+tab back`)
	term.Types("member;guest", termtest.Enter)
	term.isAt("Active")
	term.Types(termtest.Down)
	term.Sees("> true")
	term.Types(termtest.Enter)
	term.answers(map[string]any{
		"email": "ann@example.com", "password": " p w ", "oryId": "", "roles": "member;guest", "active": "true",
	})
	term.looksLike("")
}

// A terminal that answers nothing must not be asked.
func TestFormSendsNoQueries(t *testing.T) {
	term := termtest.Start(t, play(t, "people"), usual.columns, usual.rows)
	term.Sees("enter next")
	term.Types(termtest.Interrupt)
	term.Sees(`"Aborted":true`)
	if err := term.Exit(); err != nil {
		t.Error(err)
	}
	term.SendsNoQuery()
}

func TestFieldRefusesFaults(t *testing.T) {
	for _, test := range []struct{ scenario, title, typed, message, mended string }{
		{"email", "Email address", "", "! Email address is required", "ann@example.com"},
		{"email", "Email address", "   ", "! Email address is required", "ann@example.com"},
		{"email", "Email address", "ann", `! Email address "ann" is not an email address (for example name@example.com)`, "ann@example.com"},
		{"uuid", "Ory identity", "123", `! Ory identity "123" is not a UUID`, "123e4567-e89b-12d3-a456-426614174000"},
		{"password", "Password", "", "! Password is required", "canary"},
	} {
		t.Run(test.typed+" as "+test.scenario, func(t *testing.T) {
			term := start(t, test.scenario, usual)
			term.isAt(test.title)
			term.Types(test.typed, termtest.Enter)
			term.Sees(test.message)
			term.isAt(test.title)
			term.Types(termtest.ClearLine, test.mended, termtest.Enter)
			got := term.gives()
			for _, answer := range got.Value.(map[string]any) {
				if answer != test.mended {
					t.Errorf("answer %v, want %q", answer, test.mended)
				}
			}
		})
	}
}

func TestSecretIsNeverShown(t *testing.T) {
	for _, how := range []string{"typed", "pasted"} {
		t.Run(how, func(t *testing.T) {
			const canary = "canary-47 "
			term := start(t, "password", usual)
			term.isAt("Password")
			if how == "typed" {
				term.Types(canary)
			} else {
				term.Types(pasted(canary + "\r\n")) // copied with its line ending
			}
			term.Sees("> **********")
			term.Types(termtest.Enter)
			term.answers(map[string]any{"password": canary})
			term.Lacks("canary")
			term.Lacks("47")
		})
	}
}

// What a password manager types for a person arrives at once.
func TestKeysGoToTheFieldThatTheyAreMeantFor(t *testing.T) {
	for _, next := range []string{tab, termtest.Enter} {
		term := start(t, "two secrets", usual)
		term.isAt("user")
		term.Types("ann" + next + "canary-47" + termtest.Enter)
		term.answers(map[string]any{"user": "ann", "password": "canary-47"})
		term.Lacks("canary")
	}
}

func TestPastedLinesBecomeItems(t *testing.T) {
	term := start(t, "roles", usual)
	term.isAt("Roles")
	term.Types(pasted("member\nguest\r\nadmin\n"))
	term.Sees("> member;guest;admin")
	term.Types(termtest.Enter)
	term.answers(map[string]any{"roles": "member;guest;admin"})
}

func TestSuggestionIsCompleted(t *testing.T) {
	term := start(t, "roles", usual, "CLICOLOR_FORCE=1")
	term.isAt("Roles")
	term.Types("me")
	term.Sees("> member")
	term.Types("\x05") // Ctrl-E
	term.Types(termtest.Enter)
	term.answers(map[string]any{"roles": "member"})
}

// The second entry of a list is completed like the first.
func TestSuggestionsAreForEachEntry(t *testing.T) {
	for _, columns := range []int{60, 80, 120} {
		term := start(t, "roles", size{columns, usual.rows}, "CLICOLOR_FORCE=1")
		term.isAt("Roles")
		term.Types("me")
		term.Sees("> member")
		term.Types("\x05", "; gu") // Ctrl-E
		term.Sees("> member; guest")
		term.Types("\x05", termtest.Enter)
		term.answers(map[string]any{"roles": "member; guest"})
	}
}

// An address is often copied with quotation marks and white space.
func TestPastedQuotationMarks(t *testing.T) {
	for pasting, want := range map[string]string{
		" \"ann@example.com\" \n": "ann@example.com", "\r\n\"ann@example.com\"": "ann@example.com",
	} {
		term := start(t, "email", usual)
		term.isAt("Email address")
		term.Types(pasted(pasting))
		term.Sees("> " + want)
		term.Types("\x04") // done, although there is one field only
		term.answers(map[string]any{"email": want})
	}
	term := start(t, "line break", usual) // where quotation marks are valid
	term.isAt("address")
	term.Types(termtest.ClearLine, pasted(`"Ace"`), termtest.Enter)
	term.answers(map[string]any{"address": `"Ace"`})
}

func TestGoingBack(t *testing.T) {
	for name, back := range map[string]string{"shift-tab": backTab, "arrow": up} {
		t.Run(name, func(t *testing.T) {
			term := start(t, "people", usual)
			term.isAt("Email address")
			term.Types(back, "ann@example.com", termtest.Enter) // the first field stays the first
			term.isAt("Password")
			term.Types(back) // although a password is required
			term.isAt("Email address")
			term.Until("no error", func(view string) bool { return !strings.Contains(view, "!") })
			term.Types(termtest.ClearLine, "bob@example.com", termtest.Enter, termtest.Enter)
			term.Sees("! Password is required")
			term.Types("canary", termtest.Enter)
			term.isAt("Ory identity")
			term.Types("123", back)
			term.isAt("Password")
			term.Types(termtest.Enter, termtest.Enter)
			term.Sees("is not a UUID")
			term.Types(termtest.ClearLine, termtest.Enter, termtest.Enter)
			term.isAt("Active")
			term.Types(backTab) // where the arrow chooses
			term.isAt("Roles")
			term.Types(termtest.Enter, termtest.Enter)
			term.answers(map[string]any{
				"email": "bob@example.com", "password": "canary", "oryId": "", "roles": "", "active": "",
			})
		})
	}
}

func TestManyFieldsComeInPages(t *testing.T) {
	term := start(t, "pages", usual)
	term.isAt("Field 1")
	term.Sees("New user at acme (1 of 3)")
	for range 5 {
		term.Types("x", termtest.Enter)
	}
	term.isAt("Field 6")
	term.Sees("New user at acme (2 of 3)")
	term.Types("six", backTab)
	term.isAt("Field 5")
	term.Sees("New user at acme (1 of 3)")
	term.Types(termtest.Enter)
	term.isAt("Field 6")
	for range 4 {
		term.Types(tab)
	}
	term.isAt("Field 10")
	for range 3 {
		term.Types(termtest.Down)
	}
	term.isAt("Field 13")
	term.Sees("New user at acme (3 of 3)", "enter submit")
	term.Types("last", tab, termtest.Down) // only enter leaves the last field
	term.isAt("Field 13")
	term.Types(termtest.Enter)
	want := map[string]any{}
	for _, field := range many(13) {
		want[field.Name] = ""
	}
	for _, name := range []string{"f1", "f2", "f3", "f4", "f5"} {
		want[name] = "x"
	}
	want["f6"], want["f13"] = "six", "last"
	term.answers(want)
	term.looksLike("")
}

// One key ends the form from every page, unless an answer is invalid: then the form goes there.
func TestDoneFromEveryPage(t *testing.T) {
	for _, columns := range []int{60, 80, 120} {
		term := start(t, "pages", size{columns, 24})
		term.isAt("Field 1")
		term.Sees("ctrl+d done", "esc cancel")
		term.Types("x", termtest.Enter, "y", endOfFile)
		want := map[string]any{}
		for _, field := range many(13) {
			want[field.Name] = ""
		}
		want["f1"], want["f2"] = "x", "y"
		term.answers(want)

		term = start(t, "people", size{columns, 24})
		term.isAt("Email address")
		term.Types("ann@example.com", termtest.Enter)
		term.isAt("Password")
		term.Types("canary", termtest.Enter)
		term.isAt("Ory identity")
		term.Types("123", up, up)
		term.isAt("Email address")
		term.Types(endOfFile)
		term.Sees("is not a UUID")
		term.isAt("Ory identity")
		term.Types(termtest.ClearLine, termtest.Enter, termtest.Enter, termtest.Down, endOfFile)
		term.answers(map[string]any{"email": "ann@example.com", "password": "canary", "oryId": "", "roles": "", "active": "true"})
	}
}

// Fields before the one with the key can be invalid as well, also on an earlier page.
func TestDoneGoesBack(t *testing.T) {
	term := start(t, "people", usual)
	term.isAt("Email address")
	term.Types(endOfFile)
	term.Sees("! Email address is required")
	term.Types("ann@example.com", endOfFile)
	term.Sees("! Password is required")
	term.isAt("Password")
	term.Types("canary", endOfFile)
	term.answers(map[string]any{"email": "ann@example.com", "password": "canary", "oryId": "", "roles": "", "active": ""})
}

// An answer that is asked for twice must be the same.
func TestRepeatedAnswer(t *testing.T) {
	term := start(t, "repeated", usual)
	term.isAt("User")
	term.Types(termtest.Enter, "canary-1", termtest.Enter)
	term.isAt("Password, repeated")
	term.Types("canary-2", termtest.Enter)
	term.Sees("! the two answers differ")
	term.Types(termtest.ClearLine, "canary-1", termtest.Enter)
	term.answers(map[string]any{"user": "", "password": "canary-1"})
	term.Lacks("canary")
}

// What was typed before the form was left is not lost.
func TestLeftFormHasTheAnswersSoFar(t *testing.T) {
	term := start(t, "people", usual)
	term.isAt("Email address")
	term.Types("ann@example.com", termtest.Enter, "canary", termtest.Enter)
	term.isAt("Ory identity")
	term.Types("half", termtest.Escape)
	got := term.gives()
	answers, _ := got.Value.(map[string]any)
	if !got.Aborted || answers["email"] != "ann@example.com" || answers["oryId"] != "half" {
		t.Errorf("got %+v", got)
	}
}

func TestFormFitsTheTerminal(t *testing.T) {
	for name, s := range map[string]size{
		"narrow": {40, 24}, "low": {80, 10}, "tiny": {40, 8}, "wide": {200, 60}, "without a size": {0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			term := start(t, "pages", s)
			for _, field := range many(13) {
				term.isAt(field.Title)
				term.Sees("New user at acme (", "┃ "+field.Help, "enter ")
				term.Types(field.Name)
				term.Sees("┃ > " + field.Name)
				term.Types(termtest.Enter)
			}
			got := term.gives().Value.(map[string]any)
			for _, field := range many(13) {
				if got[field.Name] != field.Name {
					t.Errorf("%s is answered %v", field.Name, got[field.Name])
				}
			}
			term.looksLike("")
		})
	}
}

func TestFormFollowsTheWindow(t *testing.T) {
	term := start(t, "uuid", usual)
	term.Sees("enter submit • esc cancel")
	term.Resize(40, 24)
	term.Types("0123456789012345678901234567890123456789abcd")
	term.Sees("6789abcd")
	term.Types(termtest.Interrupt)
	term.gives()
}

func TestLeavingTheForm(t *testing.T) {
	for name, leave := range map[string]func(*terminal){
		"Ctrl-C":  func(term *terminal) { term.Types(termtest.Interrupt) },
		"Esc":     func(term *terminal) { term.Types(termtest.Escape) },
		"SIGINT":  func(term *terminal) { term.Signal(syscall.SIGINT) },
		"SIGTERM": func(term *terminal) { term.Signal(syscall.SIGTERM) },
		"context": func(term *terminal) { term.Signal(contextSignal) },
	} {
		t.Run(name, func(t *testing.T) {
			for _, scenario := range []string{"people", "select"} {
				term := start(t, scenario, usual)
				term.Sees("enter")
				leave(term)
				got := term.gives()
				if cancelled := name == "context"; got.Canceled != cancelled || got.Aborted == cancelled {
					t.Errorf("%s gave %+v", scenario, got)
				}
				if scenario == "select" && got.Value != nil && got.Value != "" {
					t.Errorf("%s gave the answer %v", scenario, got.Value)
				}
				if view := term.View(); strings.Contains(view, "┃") || strings.Contains(view, "enter") {
					t.Errorf("%s leaves behind:\n%s", scenario, view)
				}
			}
		})
	}
}

func TestPanicRestoresTheTerminal(t *testing.T) {
	term := start(t, "panic", usual)
	term.isAt("Anything")
	term.Types("x", termtest.Enter)
	if code := exitCode(term.Exit()); code != 2 {
		t.Errorf("exit status %d, want that of a panic", code)
	}
	if !strings.Contains(term.Raw(), "panic: the check failed badly") {
		t.Errorf("the terminal shows:\n%s", term.Raw())
	}
	if term.stdout.Len() > 0 {
		t.Errorf("standard output holds %q", term.stdout.String())
	}
}

func TestLostTerminalIsAnError(t *testing.T) {
	term := start(t, "people", usual)
	term.isAt("Email address")
	if err := term.HangUp(); err != nil || !strings.Contains(term.stdout.String(), `"Error":"ask on the terminal: `) {
		t.Errorf("the program ended with %v and wrote %q", err, term.stdout.String())
	}
}

func TestColor(t *testing.T) {
	colors := regexp.MustCompile("\x1b\\[([0-9;]*;)?(3|4|9|10)[0-7][;m]")
	for _, test := range []struct {
		env     string
		colored bool
	}{{"NO_COLOR=1", false}, {"CLICOLOR=0", false}, {"COLORTERM=truecolor", true}} {
		term := start(t, "email", usual, test.env)
		term.isAt("Email address")
		term.Types("ann", termtest.Enter)
		term.Sees("! Email address")
		term.Types(termtest.Interrupt)
		term.gives()
		if got := colors.FindString(term.Raw()); (got != "") != test.colored {
			t.Errorf("%s: the terminal got the colour %q", test.env, got)
		}
	}
}

func TestKnownAnswersAreFilledIn(t *testing.T) {
	term := start(t, "known", usual)
	term.Sees("> ann@example.com", "> ************", "> member;guest", "> true")
	term.Types(termtest.Enter, termtest.Enter, termtest.Enter)
	term.isAt("Roles")
	term.Types(termtest.ClearLine, termtest.Enter)
	term.isAt("Active")
	term.Types(up)
	term.Sees("> (omit)")
	term.Types(termtest.Enter)
	term.answers(map[string]any{
		"email": "ann@example.com", "password": "canary-known", "oryId": "", "roles": "", "active": "",
	})
	term.Lacks("canary")
}

// A text field has one line, and shows another text than the one it was given.
func TestUntouchedAnswerIsKept(t *testing.T) {
	term := start(t, "line break", usual)
	term.Sees("> Main Street 1 Springfield")
	term.Types(termtest.Enter)
	term.answers(map[string]any{"address": "Main Street 1\nSpringfield"})
}
