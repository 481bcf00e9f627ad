//go:build unix

package form

import (
	"testing"

	"github.com/bring-aboard/usher/internal/termtest"
)

func TestSelect(t *testing.T) {
	term := start(t, "select", usual)
	term.looksLike(`
┃ Profile
┃ > acme
┃   globex
┃   sandbox�[31m

enter submit • esc cancel • ↑ up • ↓ down`)
	term.Types("/", termtest.Down, termtest.Down)
	term.Sees("> sandbox")
	term.Types(termtest.Enter)
	if got := term.gives(); got.Value != "sandbox\x1b[31m" || got.Error != "<nil>" {
		t.Errorf("got %+v", got)
	}

	term = start(t, "long select", usual)
	term.Sees("> option 1", "Profile (100 choices)")
	term.Types(up)
	term.Sees("> option 100", "Profile")
	term.Types(termtest.Enter)
	if got := term.gives(); got.Value != "option 100" {
		t.Errorf("got %+v", got)
	}
	term.looksLike("")
}
