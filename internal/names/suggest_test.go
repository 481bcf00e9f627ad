package names_test

import (
	"slices"
	"testing"

	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Roles are offered in the order of their power, as far as their names show it; other things by their names.
func TestRolesAreOfferedByTheirPower(t *testing.T) {
	listed := func(string) ([]names.Thing, error) {
		var things []names.Thing
		for _, name := range []string{"Administrator", "Super user", "Auditor", "Sales", "Read-only admin", "Editor", "Member", "Org Owner", "Guest"} {
			things = append(things, names.Thing{ID: name, Name: name})
		}
		return things, nil
	}
	for kind, want := range map[string][]string{
		provider.Role:  {"Auditor", "Guest", "Member", "Sales", "Editor", "Administrator", "Org Owner", "Read-only admin", "Super user"},
		provider.Group: {"Administrator", "Auditor", "Editor", "Guest", "Member", "Org Owner", "Read-only admin", "Sales", "Super user"},
	} {
		got, err := names.Combine(schema.Field{Name: "x", Refers: kind}, listed)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, %v", kind, got, err)
		}
	}
}
