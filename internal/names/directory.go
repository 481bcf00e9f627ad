package names

import (
	"cmp"
	"slices"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Thing is what a field refers to: its id, and its name, which several may share.
type Thing struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// String returns the name with the id, as errors show it.
func (t Thing) String() string { return t.Name + " (" + t.ID + ")" }

// directory contains the things of one kind by their names.
type directory struct {
	things []Thing
	names  map[string]string // by id
	exact  map[string][]Thing
	folded map[string][]Thing
}

func newDirectory(things []Thing) *directory {
	d := &directory{things: things, names: map[string]string{}, exact: map[string][]Thing{}, folded: map[string][]Thing{}}
	for _, thing := range things {
		d.names[thing.ID] = thing.Name
		if strings.TrimSpace(thing.Name) == "" {
			continue // it cannot be meant by its name
		}
		d.exact[thing.Name] = append(d.exact[thing.Name], thing)
		d.folded[fold(thing.Name)] = append(d.folded[fold(thing.Name)], thing)
	}
	return d
}

// find returns the things that a name matches: those that have exactly this name, or else those that have it without
// regard to case, Unicode form and spaces.
func (d *directory) find(name string) []Thing {
	if found := d.exact[name]; found != nil {
		return found
	}
	return d.folded[fold(name)]
}

// has reports whether a thing has this id.
func (d *directory) has(id string) bool {
	_, ok := d.names[id]
	return ok
}

// nearest returns the things with the most similar names, the nearest first, up to a number.
func (d *directory) nearest(name string, most int) []Thing {
	likeness := make(map[Thing]float64, len(d.things))
	var named []Thing
	for _, thing := range d.things {
		if strings.TrimSpace(thing.Name) != "" {
			likeness[thing] = levenshtein.Match(fold(name), fold(thing.Name), nil)
			named = append(named, thing)
		}
	}
	slices.SortFunc(named, func(a, b Thing) int {
		return cmp.Or(cmp.Compare(likeness[b], likeness[a]), strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	return named[:min(most, len(named))]
}

// fold returns the form in which names are compared if no name is identical.
func fold(name string) string { return schema.KeyForm(strings.Join(strings.Fields(name), " ")) }
