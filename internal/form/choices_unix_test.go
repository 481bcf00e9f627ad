//go:build unix

package form

import "testing"

func TestConfirm(t *testing.T) {
	for name, test := range map[string]struct {
		keys string
		want bool
	}{
		"Enter":           {enter, false},
		"y":               {"y", true},
		"n":               {"n", false},
		"arrow and Enter": {"\x1b[D" + enter, true},
	} {
		t.Run(name, func(t *testing.T) {
			term := start(t, "confirm", usual)
			term.looksLike(`
email: ann@example.com�[31m

┃ Create this user?
┃
┃   Create     Cancel

←/→ toggle • enter submit • y Create • n Cancel • esc cancel`)
			term.types(test.keys)
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
	term.types("/", down, down)
	term.sees("> sandbox")
	term.types(enter)
	if got := term.gives(); got.Value != "sandbox\x1b[31m" || got.Error != "<nil>" {
		t.Errorf("got %+v", got)
	}

	term = start(t, "long select", usual)
	term.sees("> option 1", "Profile")
	term.types(up)
	term.sees("> option 100", "Profile")
	term.types(enter)
	if got := term.gives(); got.Value != "option 100" {
		t.Errorf("got %+v", got)
	}
	term.looksLike("")
}
