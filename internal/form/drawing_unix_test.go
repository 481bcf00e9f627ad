//go:build unix

package form

import (
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

var usual = size{80, 24}

func TestFormAsksEachField(t *testing.T) {
	term := start(t, "people", usual)
	term.looksLike(`
New user at acme

┃ E-mail address (required)
┃ where the user signs in
┃ >

  Password (required)
  >

  Ory identity
  > uuid

  Roles
  >

  Active
  > (leave it out)
    true
    false

enter next • esc cancel`)
	term.types("  ann@example.com ", enter)
	term.isAt("Password (required)")
	term.types(" p w ", tab)
	term.isAt("Ory identity")
	term.types(down)
	term.looksLike(`
New user at acme

  E-mail address (required)
  >   ann@example.com

  Password (required)
  > *****

  Ory identity
  > uuid

┃ Roles
┃ several are separated by semicolons; for example member, guest
┃ >

  Active
  > (leave it out)
    true
    false

shift+tab back • enter next • esc cancel`)
	term.types("member;guest", enter)
	term.isAt("Active")
	term.types(down)
	term.sees("> true")
	term.types(enter)
	term.answers(map[string]any{
		"email": "ann@example.com", "password": " p w ", "oryId": "", "roles": "member;guest", "active": "true",
	})
	term.looksLike("")
}

// A terminal that answers nothing must not be asked.
func TestFormSendsNoQueries(t *testing.T) {
	term := prepare(t, "people", usual)
	term.run()
	term.sees("enter next")
	term.types(interrupt)
	term.sees(`"Aborted":true`)
	if err := term.exit(); err != nil {
		t.Error(err)
	}
	for _, query := range []string{"\x1b]10;?", "\x1b]11;?", "\x1b[6n", "\x1b[c", "\x1b[>c", "\x1b[>q", "\x1b[?u", "$p"} {
		term.lacks(query)
	}
}

func TestFieldRefusesFaults(t *testing.T) {
	for _, test := range []struct{ scenario, title, typed, message, mended string }{
		{"email", "E-mail address", "", "! E-mail address is required", "ann@example.com"},
		{"email", "E-mail address", "   ", "! E-mail address is required", "ann@example.com"},
		{"email", "E-mail address", "ann", `! email "ann" is not an e-mail address (for example name@example.com)`, "ann@example.com"},
		{"uuid", "Ory identity", "123", `! oryId "123" is not a uuid`, "123e4567-e89b-12d3-a456-426614174000"},
		{"password", "Password", "", "! Password is required", "canary"},
	} {
		t.Run(test.typed+" as "+test.scenario, func(t *testing.T) {
			term := start(t, test.scenario, usual)
			term.isAt(test.title)
			term.types(test.typed, enter)
			term.sees(test.message)
			term.isAt(test.title)
			term.types(clearLine, test.mended, enter)
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
				term.types(canary)
			} else {
				term.types(pasted(canary + "\r\n")) // copied with its line ending
			}
			term.sees("> **********")
			term.types(enter)
			term.answers(map[string]any{"password": canary})
			term.lacks("canary")
			term.lacks("47")
		})
	}
}

// What a password manager types for a person arrives at once.
func TestKeysGoToTheFieldThatTheyAreMeantFor(t *testing.T) {
	for _, next := range []string{tab, enter} {
		term := start(t, "two secrets", usual)
		term.isAt("user")
		term.types("ann" + next + "canary-47" + enter)
		term.answers(map[string]any{"user": "ann", "password": "canary-47"})
		term.lacks("canary")
	}
}

func TestPastedLinesBecomeItems(t *testing.T) {
	term := start(t, "roles", usual)
	term.isAt("Roles")
	term.types(pasted("member\nguest\r\nadmin\n"))
	term.sees("> member;guest;admin")
	term.types(enter)
	term.answers(map[string]any{"roles": "member;guest;admin"})
}

func TestSuggestionIsCompleted(t *testing.T) {
	term := start(t, "roles", usual, "CLICOLOR_FORCE=1")
	term.isAt("Roles")
	term.types("me")
	term.sees("> member")
	term.types("\x05") // Ctrl-E
	term.types(enter)
	term.answers(map[string]any{"roles": "member"})
}

func TestGoingBack(t *testing.T) {
	for name, back := range map[string]string{"shift-tab": backTab, "arrow": up} {
		t.Run(name, func(t *testing.T) {
			term := start(t, "people", usual)
			term.isAt("E-mail address")
			term.types(back, "ann@example.com", enter) // the first field stays the first
			term.isAt("Password")
			term.types(back) // although a password is required
			term.isAt("E-mail address")
			term.until("no error", func(view string) bool { return !strings.Contains(view, "!") })
			term.types(clearLine, "bob@example.com", enter, enter)
			term.sees("! Password is required")
			term.types("canary", enter)
			term.isAt("Ory identity")
			term.types("123", back)
			term.isAt("Password")
			term.types(enter, enter)
			term.sees("is not a uuid")
			term.types(clearLine, enter, enter)
			term.isAt("Active")
			term.types(backTab) // where the arrow chooses
			term.isAt("Roles")
			term.types(enter, enter)
			term.answers(map[string]any{
				"email": "bob@example.com", "password": "canary", "oryId": "", "roles": "", "active": "",
			})
		})
	}
}

func TestManyFieldsComeInPages(t *testing.T) {
	term := start(t, "pages", usual)
	term.isAt("Field 1")
	term.sees("New user at acme (1 of 3)")
	for range 5 {
		term.types("x", enter)
	}
	term.isAt("Field 6")
	term.sees("New user at acme (2 of 3)")
	term.types("six", backTab)
	term.isAt("Field 5")
	term.sees("New user at acme (1 of 3)")
	term.types(enter)
	term.isAt("Field 6")
	for range 4 {
		term.types(tab)
	}
	term.isAt("Field 10")
	for range 3 {
		term.types(down)
	}
	term.isAt("Field 13")
	term.sees("New user at acme (3 of 3)", "enter submit")
	term.types("last", tab, down) // only Enter leaves the last field
	term.isAt("Field 13")
	term.types(enter)
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

func TestFormFitsTheTerminal(t *testing.T) {
	for name, s := range map[string]size{
		"narrow": {40, 24}, "low": {80, 10}, "tiny": {40, 8}, "wide": {200, 60}, "without a size": {0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			term := start(t, "pages", s)
			if s == (size{}) {
				term.mu.Lock()
				term.screen.Resize(80, 24)
				term.mu.Unlock()
			}
			for _, field := range many(13) {
				term.isAt(field.Title)
				term.sees("New user at acme (", "┃ "+field.Help, "enter ")
				term.types(field.Name)
				term.sees("┃ > " + field.Name)
				term.types(enter)
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
	term.sees("enter submit • esc cancel")
	resize(t, term, size{40, 24})
	term.types("0123456789012345678901234567890123456789abcd")
	term.sees("6789abcd")
	term.types(interrupt)
	term.gives()
}

func TestLeavingTheForm(t *testing.T) {
	for name, leave := range map[string]func(*terminal){
		"Ctrl-C":  func(term *terminal) { term.types(interrupt) },
		"Esc":     func(term *terminal) { term.types(escape) },
		"SIGINT":  func(term *terminal) { term.signal(syscall.SIGINT) },
		"SIGTERM": func(term *terminal) { term.signal(syscall.SIGTERM) },
		"context": func(term *terminal) { term.signal(contextSignal) },
	} {
		t.Run(name, func(t *testing.T) {
			for _, scenario := range []string{"people", "confirm", "select"} {
				term := start(t, scenario, usual)
				term.sees("enter")
				leave(term)
				got := term.gives()
				if cancelled := name == "context"; got.Canceled != cancelled || got.Aborted == cancelled {
					t.Errorf("%s gave %+v", scenario, got)
				}
				if got.Value != nil && got.Value != "" && got.Value != false {
					t.Errorf("%s gave the answer %v", scenario, got.Value)
				}
				if view := term.view(); strings.Contains(view, "┃") || strings.Contains(view, "enter") {
					t.Errorf("%s leaves behind:\n%s", scenario, view)
				}
			}
		})
	}
}

func TestPanicRestoresTheTerminal(t *testing.T) {
	term := start(t, "panic", usual)
	term.isAt("Anything")
	term.types("x", enter)
	if code := exitCode(term.exit()); code != 2 {
		t.Errorf("exit status %d, want that of a panic", code)
	}
	if !strings.Contains(term.raw(), "panic: the check failed badly") {
		t.Errorf("the terminal shows:\n%s", term.raw())
	}
	if term.stdout.Len() > 0 {
		t.Errorf("standard output holds %q", term.stdout.String())
	}
}

func TestLostTerminalIsAnError(t *testing.T) {
	term := start(t, "people", usual)
	term.isAt("E-mail address")
	term.person.Close()
	term.tty.Close()
	select {
	case err := <-term.ended:
		term.ended <- err
		if err != nil || !strings.Contains(term.stdout.String(), `"Error":"ask on the terminal: `) {
			t.Errorf("the program ended with %v and wrote %q", err, term.stdout.String())
		}
	case <-time.After(patience):
		t.Error("the program waits for a terminal that is gone")
	}
}

func TestColor(t *testing.T) {
	colors := regexp.MustCompile("\x1b\\[([0-9;]*;)?(3|4|9|10)[0-7][;m]")
	for _, test := range []struct {
		env     string
		colored bool
	}{{"NO_COLOR=1", false}, {"CLICOLOR=0", false}, {"COLORTERM=truecolor", true}} {
		term := start(t, "email", usual, test.env)
		term.isAt("E-mail address")
		term.types("ann", enter)
		term.sees("! email")
		term.types(interrupt)
		term.gives()
		if got := colors.FindString(term.raw()); (got != "") != test.colored {
			t.Errorf("%s: the terminal got the colour %q", test.env, got)
		}
	}
}

func TestKnownAnswersAreFilledIn(t *testing.T) {
	term := start(t, "known", usual)
	term.sees("> ann@example.com", "> ************", "> member;guest", "> true")
	term.types(enter, enter, enter)
	term.isAt("Roles")
	term.types(clearLine, enter)
	term.isAt("Active")
	term.types(up)
	term.sees("> (leave it out)")
	term.types(enter)
	term.answers(map[string]any{
		"email": "ann@example.com", "password": "canary-known", "oryId": "", "roles": "", "active": "",
	})
	term.lacks("canary")
}

// A text field has one line, and shows another text than the one it was given.
func TestUntouchedAnswerIsKept(t *testing.T) {
	term := start(t, "line break", usual)
	term.sees("> Main Street 1 Springfield")
	term.types(enter)
	term.answers(map[string]any{"address": "Main Street 1\nSpringfield"})
}
