package referee_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/internal/providers/described"
	"github.com/bring-aboard/usher/internal/referee"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
)

// setups returns the ways to set PocketBase up.
func setups(t *testing.T) []referee.Setup {
	t.Helper()
	text, err := os.ReadFile("../providers/catalogue/pocketbase.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d, err := describe.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	setups, err := referee.Setups(described.Adapter(d), d)
	if err != nil || len(setups) == 0 {
		t.Fatalf("got %d set-ups, %v", len(setups), err)
	}
	return setups
}

func TestConform(t *testing.T) {
	for _, setup := range setups(t) {
		for _, check := range providertest.Checks() {
			if err := setup.Conform(t.Context(), check); err != nil {
				t.Errorf("%s: %s: %v", setup.Name, check.Name, err)
			}
		}
	}
}

// What a check finds is returned, however it ends, and what it has opened is closed.
func TestConformReportsFailures(t *testing.T) {
	for name, test := range map[string]struct {
		run  func(t providertest.TB) error
		want string
	}{
		"an error": {func(providertest.TB) error { return errors.New("broken") }, "broken"},
		"Error":    {func(t providertest.TB) error { t.Error("broken"); return nil }, "broken"},
		"Fatalf":   {func(t providertest.TB) error { t.Fatalf("broken %d", 7); return errors.New("not reached") }, "broken 7"},
		"a panic":  {func(providertest.TB) error { panic("a value") }, "defect of usher"},
	} {
		t.Run(name, func(t *testing.T) {
			var order []string
			err := setups(t)[0].Conform(t.Context(), providertest.Check{Name: name, Run: func(b providertest.TB, _ providertest.Subject) error {
				b.Cleanup(func() { order = append(order, "second") })
				b.Cleanup(func() { order = append(order, "first") })
				return test.run(b)
			}})
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "a value") || strings.Contains(err.Error(), "not reached") {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if strings.Join(order, " ") != "first second" {
				t.Errorf("closed %q", order)
			}
		})
	}
}
