//go:build unix

package form

import (
	"testing"

	"github.com/bring-aboard/usher/internal/termtest"
)

func TestConfirm(t *testing.T) {
	for name, test := range map[string]struct {
		keys string
		want bool
	}{
		"Enter":           {termtest.Enter, false},
		"y":               {"y", true},
		"n":               {"n", false},
		"arrow and Enter": {"\x1b[D" + termtest.Enter, true},
	} {
		t.Run(name, func(t *testing.T) {
			term := start(t, "confirm", usual)
			term.looksLike(`
email: ann@example.com�[31m

┃ Create this user?
┃
┃   Create     Cancel

←/→ toggle • enter submit • y Create • n Cancel • esc cancel`)
			term.Types(test.keys)
			if got := term.gives(); got.Value != test.want || got.Error != "<nil>" {
				t.Errorf("got %+v, want %v", got, test.want)
			}
			term.looksLike("email: ann@example.com�[31m")
		})
	}
}

func TestSelect(t *testing.T) {
	term := start(t, "select", usual)
	term.looksLike(`
┃ Profile
┃ > acme
┃   globex
┃   sandbox�[31m

↑ up • ↓ down • enter submit • esc cancel`)
	term.Types("/", termtest.Down, termtest.Down)
	term.Sees("> sandbox")
	term.Types(termtest.Enter)
	if got := term.gives(); got.Value != "sandbox\x1b[31m" || got.Error != "<nil>" {
		t.Errorf("got %+v", got)
	}

	term = start(t, "long select", usual)
	term.Sees("> option 1", "Profile")
	term.Types(up)
	term.Sees("> option 100", "Profile")
	term.Types(termtest.Enter)
	if got := term.gives(); got.Value != "option 100" {
		t.Errorf("got %+v", got)
	}
	term.looksLike("")
}
