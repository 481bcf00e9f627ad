//go:build unix

package form

import (
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/termtest"
)

func TestLinesOnATerminal(t *testing.T) {
	for _, env := range []string{"ACCESSIBLE=1", "TERM=dumb"} {
		term := start(t, "people", usual, env)
		term.Sees("New user at acme", "where the user signs in", "(1 of 2) Email address (required):")
		term.Types("ann\n")
		term.Sees(`Email address "ann" is not an email address (for example name@example.com)` + "\n(1 of 2) Email")
		term.Types("ann@example.com\n")
		term.Sees("(2 of 2) Password (required):")
		term.Types("\r")
		term.Sees("Password is required\n(2 of 2) Password")
		term.Types("canary-47\r")
		term.Sees("Which field? Enter when done.\n1. Done\n2. Ory identity\n3. Roles\n4. Active\nNumber from 1 to 4 [1]:")
		term.Types("3\n")
		term.Sees("for example member, guest\nRoles:")
		term.Types("member; guest\n")
		term.Sees("3. Roles: member; guest\n4. Active\nNumber from 1 to 4 [1]:")
		term.Types("4\n")
		term.Sees("Active\n1. (omit)\n2. true\n3. false\nNumber from 1 to 3 [1]:")
		term.Types("3\n")
		term.Sees("4. Active: false\nNumber from 1 to 4 [1]:")
		term.Types("\n")
		term.answers(map[string]any{
			"email": "ann@example.com", "password": "canary-47", "oryId": "", "roles": "member; guest", "active": "false",
		})
		term.Lacks("canary")
		term.Lacks("\x1b")
	}
}

// An answer that is asked for twice must be the same. The second question is hidden like the first one.
func TestRepeatedLines(t *testing.T) {
	term := start(t, "repeated", usual, "ACCESSIBLE=1")
	for _, step := range [][2]string{
		{"User:", "ann\n"}, {"Password:", "canary-1\r"}, {"Password, repeated:", "canary-2\r"}, {"the two answers differ\n(2 of 2) Password, repeated:", "canary-1\r"},
	} {
		term.Sees(step[0])
		term.Types(step[1])
	}
	term.answers(map[string]any{"user": "ann", "password": "canary-1"})
	term.Lacks("canary")
}

func TestEndOfLinesNamesTheQuestion(t *testing.T) {
	for scenario, question := range map[string]string{
		"email": "Email address", "password": "Password", "active": "Active", "select": "Profile",
	} {
		term := start(t, scenario, usual, "ACCESSIBLE=1")
		term.Sees(question)
		term.Until("a prompt", func(view string) bool {
			return strings.HasSuffix(view, ":") || strings.HasSuffix(view, "[y/N]")
		})
		term.Types(endOfFile)
		if got := term.gives(); !got.Ended || !strings.Contains(got.Error, `"`+question+`"`) {
			t.Errorf("%s gave %+v", scenario, got)
		}
		term.Lacks("\x1b")
	}
}

func TestLeavingTheLines(t *testing.T) {
	term := start(t, "password", usual, "ACCESSIBLE=1")
	term.Sees("Password (required):")
	term.Types("half", termtest.Interrupt)
	if got := term.gives(); !got.Aborted || got.Canceled {
		t.Errorf("Ctrl-C at a secret gave %+v", got)
	}

	for _, scenario := range []string{"email", "password", "select"} {
		term := start(t, scenario, usual, "ACCESSIBLE=1")
		term.Until("a prompt", func(view string) bool {
			return strings.HasSuffix(view, ":") || strings.HasSuffix(view, "[y/N]")
		})
		term.Signal(contextSignal)
		if got := term.gives(); !got.Canceled || got.Aborted {
			t.Errorf("the context's end at %s gave %+v", scenario, got)
		}
	}
}

func TestNoQuestionsWhereTheyAreForbidden(t *testing.T) {
	for _, scenario := range []string{"email", "select"} {
		term := start(t, scenario, usual, "CI=true")
		if got := term.gives(); !got.Refused || !strings.Contains(got.Error, "the environment variable CI is set") {
			t.Errorf("%s gave %+v", scenario, got)
		}
		term.looksLike("")
	}
}
