package reliability

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/providers"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
	"github.com/bring-aboard/usher/pkg/schema"
)

// dialect is what the suites must know of a provider.
type dialect struct {
	name string
	// key is the place of the natural key in a create's body, and finds tells
	// whether the provider can be asked about a person.
	key   []string
	finds bool
	// idIsKey tells that the provider's id of a user is the natural key.
	idIsKey bool
	// fields are the columns of a roster, and row the nth person's cells.
	fields schema.Table
	row    func(n int) []string
	// secrets are the profile's settings that hold credentials.
	secrets []string
}

// dialects returns every provider that has an adapter.
func dialects() []dialect {
	var all []dialect
	for _, adapter := range providers.All() {
		d := dialect{name: adapter.Name, idIsKey: adapter.Name == "evolution"}
		for _, header := range adapter.Auth.Headers {
			d.secrets = append(d.secrets, header.Setting)
		}
		_, finds := adapter.Endpoint(provider.CapabilityFind)
		_, lists := adapter.Endpoint(provider.CapabilityList)
		d.finds = finds || lists
		for _, field := range adapter.Table {
			if field.Name == adapter.Key {
				if d.key = field.Wire; d.key == nil {
					d.key = strings.Split(field.Name, ".")
				}
			}
			if field.Required || field.Name == adapter.Key {
				d.fields = append(d.fields, field)
			}
		}
		d.row = func(n int) (cells []string) {
			for _, field := range d.fields {
				cells = append(cells, cell(adapter, field, n))
			}
			return cells
		}
		all = append(all, d)
	}
	return all
}

// cell is the nth person's value of a field: an address that names the person
// in the natural key and where an address belongs, and otherwise what is valid.
func cell(adapter provider.Adapter, field schema.Field, n int) string {
	switch {
	case field.Name == adapter.Key || field.Format == schema.Email:
		return person(n)
	case field.Secret:
		return fmt.Sprintf("correct-horse-%d", n)
	case field.Kind == schema.String && field.Format != schema.UUID && len(field.Suggestions) == 0:
		return fmt.Sprintf("%s-%d", schema.FoldName(field.Name), n)
	default:
		return field.Text(providertest.Sample(adapter.Table, 7)[field.Name])
	}
}

// dialectOf returns one provider's.
func dialectOf(name string) dialect {
	all := dialects()
	return all[slices.IndexFunc(all, func(d dialect) bool { return d.name == name })]
}

// TestEveryProviderIsTried holds that the suites know every adapter.
func TestEveryProviderIsTried(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	blind := 0
	for _, d := range dialects() {
		known[d.name] = true
		if len(d.key) == 0 || len(d.fields) == 0 {
			t.Errorf("%s has no natural key, or no required field", d.name)
		}
		if !d.finds {
			blind++
		}
	}
	for _, name := range []string{"sulu", "ejento", "evolution"} {
		if !known[name] {
			t.Errorf("%s is not tried", name)
		}
	}
	if blind == 0 {
		t.Error("no provider is tried that cannot be asked about a person")
	}
}

// with is the dialect with a roster of other columns.
func (d dialect) with(columns []string, row func(n int) []string) dialect {
	d.row, d.fields = row, nil
	for _, name := range columns {
		d.fields = append(d.fields, schema.Field{Name: name})
	}
	return d
}

// withoutPasswords is the dialect with a roster that leaves the passwords to be
// generated, where it has any.
func (d dialect) withoutPasswords() dialect {
	given, all := d.row, d.fields
	d.fields = slices.DeleteFunc(slices.Clone(all), func(f schema.Field) bool { return f.Secret })
	d.row = func(n int) (cells []string) {
		for i, cell := range given(n) {
			if !all[i].Secret {
				cells = append(cells, cell)
			}
		}
		return cells
	}
	return d
}

// rosterOf writes the first so many people as CSV.
func (d dialect) rosterOf(people int) []byte {
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	_ = w.Write(d.fields.Names()) // a buffer takes everything
	for n := 1; n <= people; n++ {
		_ = w.Write(d.row(n))
	}
	w.Flush()
	return text.Bytes()
}
