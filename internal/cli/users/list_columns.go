package users

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// The columns that are made of several fields, or of none.
const (
	columnID    = "id"
	columnKey   = "key"
	columnName  = "name"
	columnState = "state"
	columnEmail = "email"
	// otherState is the state if a field of the provider has its name, such as a federal state.
	otherState = "account-state"
)

// userColumn is a column of a list of users.
type userColumn struct {
	// name is the column's name, and header its name in CSV.
	name, header string
	// field is the documented field; nil for a column that is made of others.
	field *schema.Field
	value func(provider.User, schema.Record) string
	// isWhole is true for values that people copy.
	isWhole bool
}

// sortKey returns the key by which the column is sorted: numbers by value, other values without regard to case.
func (c userColumn) sortKey(user provider.User, record schema.Record) any {
	if c.field != nil && c.field.Kind == schema.Integer {
		if number, ok := record[c.field.Name].(int64); ok {
			return number
		}
	}
	return schema.KeyForm(c.value(user, record))
}

// listColumns are the columns of a provider's users.
type listColumns struct {
	adapter  provider.Adapter
	resolver *names.Resolver // nil to show ids
}

// fieldColumn returns the column of a documented field.
func (l listColumns) fieldColumn(field schema.Field) userColumn {
	column := userColumn{name: field.Name, header: roster.Header(field), field: &field, isWhole: field.Name == l.adapter.Key}
	switch {
	case field.Name == l.adapter.Key:
		column.value = func(user provider.User, _ schema.Record) string { return user.Key }
	case l.resolver != nil && names.Refers(field):
		column.value = func(_ provider.User, record schema.Record) string { return l.resolver.Text(field, record[field.Name]) }
	default:
		column.value = func(_ provider.User, record schema.Record) string { return field.Text(record[field.Name]) }
	}
	return column
}

// id returns the column of the provider's ids.
func (l listColumns) id(isWhole bool) userColumn {
	return userColumn{name: columnID, header: columnID, isWhole: isWhole, value: func(user provider.User, _ schema.Record) string { return user.ID }}
}

// key returns the column of the natural key.
func (l listColumns) key() userColumn {
	field, ok := l.adapter.Table.Field(l.adapter.Key)
	if !ok {
		field = schema.Field{Name: l.adapter.Key}
	}
	return l.fieldColumn(field)
}

// made returns the columns that are made of what the provider documents: the person's name, the state and the email
// address, each only if there is one beside the key.
func (l listColumns) made() []userColumn {
	table := l.adapter.Table
	var columns []userColumn
	add := func(name string, value func(provider.User, schema.Record) string) {
		columns = append(columns, userColumn{name: name, header: name, value: value})
	}
	if slices.ContainsFunc([]schema.Meaning{schema.FullName, schema.GivenName, schema.FamilyName}, func(m schema.Meaning) bool { return len(table.Meaning(m)) > 0 }) {
		add(columnName, func(_ provider.User, record schema.Record) string { return table.PersonName(record) })
	}
	if l.adapter.Lifecycle.Inactive != nil {
		name, lifecycle := columnState, l.adapter.Lifecycle
		if field, ok := table.Field(columnState); ok && !slices.Equal(field.WirePath(), lifecycle.State) {
			name = otherState
		}
		add(name, func(user provider.User, _ schema.Record) string { return lifecycle.StateOf(user) })
	}
	if emails := table.Meaning(schema.EmailAddress); len(emails) > 0 && emails[0].Name != l.adapter.Key {
		add(columnEmail, func(_ provider.User, record schema.Record) string { return table.PersonEmail(record) })
	}
	return columns
}

// fields returns the documented fields beside the natural key that can be read.
func (l listColumns) fields() []userColumn {
	var columns []userColumn
	for _, field := range job.OtherFields(l.adapter) {
		if !amend.Incomparable(field) {
			columns = append(columns, l.fieldColumn(field))
		}
	}
	return columns
}

// references returns the columns of the fields that refer to things.
func (l listColumns) references() []userColumn {
	return slices.DeleteFunc(l.fields(), func(c userColumn) bool { return !names.Refers(*c.field) })
}

// forPeople returns the columns of a table: the key, or the id if there is no lookup by the key, who the user is, and what
// the user is a member of. A provider without any of these has its fields that fit on a line.
func (l listColumns) forPeople() []userColumn {
	columns := []userColumn{l.key()}
	if _, finds := l.adapter.Endpoint(provider.CapabilityFind); !finds {
		columns = slices.Insert(columns, 0, l.id(true))
	}
	made := l.made()
	columns = append(columns, made...)
	for _, column := range l.fields() {
		if names.Refers(*column.field) || len(made) == 0 && onLine(*column.field) {
			columns = append(columns, column)
		}
	}
	return columns
}

// forPrograms returns the columns of TSV and CSV, whose order is an interface: id, natural key, and all fields or those
// that fit on a line.
func (l listColumns) forPrograms(all bool) []userColumn {
	columns := []userColumn{l.id(false), l.key()}
	for _, column := range l.fields() {
		if all || onLine(*column.field) {
			columns = append(columns, column)
		}
	}
	return columns
}

// onLine reports whether the values of a field fit on a line.
func onLine(field schema.Field) bool { return !field.Kind.IsList() && len(field.WirePath()) == 1 }

// searched returns the columns in which --search looks: everything that a list can show.
func (l listColumns) searched() []userColumn {
	return slices.Concat([]userColumn{l.id(true), l.key()}, l.fields(), l.made())
}

// names returns the names of all columns.
func (l listColumns) names() []string {
	var known []string
	for _, column := range l.searched() {
		if !slices.Contains(known, column.name) {
			known = append(known, column.name)
		}
	}
	return known
}

// column returns the column with a name. A documented field takes precedence over a column that is made of others.
func (l listColumns) column(flag, name string) (userColumn, error) {
	all := l.searched()
	if i := slices.IndexFunc(all, func(c userColumn) bool { return c.name == name }); i >= 0 {
		column := all[i]
		column.isWhole = false // what is asked for is wrapped instead
		return column, nil
	}
	if name == columnKey {
		return l.key(), nil
	}
	if field, ok := l.adapter.Table.Match(name); ok && !amend.Incomparable(field) {
		return l.fieldColumn(field), nil
	}
	return userColumn{}, failure.Refuse(fmt.Errorf("--%s %q: must be one of %s%s", flag, name, strings.Join(l.names(), ", "), schema.Suggestion(name, l.names())))
}

// chosen returns the columns with these names.
func (l listColumns) chosen(words []string) ([]userColumn, error) {
	var columns []userColumn
	for _, word := range words {
		column, err := l.column("columns", strings.TrimSpace(word))
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(columns, func(other userColumn) bool { return other.name == column.name }) {
			return nil, failure.Refuse(fmt.Errorf("--columns: column %s is named twice", column.name))
		}
		columns = append(columns, column)
	}
	return columns, nil
}

// printed returns columns as the printer takes them. In a table all but those that people copy are wrapped.
func printed(columns []userColumn) []render.Column {
	list := make([]render.Column, len(columns))
	for i, column := range columns {
		list[i] = render.Column{Name: column.header, Header: column.name, Whole: column.isWhole, Wrap: !column.isWhole}
	}
	return list
}

// cells returns the values of the columns.
func cells(columns []userColumn, user provider.User, record schema.Record) []string {
	row := make([]string, len(columns))
	for i, column := range columns {
		row[i] = column.value(user, record)
	}
	return row
}

// documented returns the fields of columns.
func documented(columns []userColumn) schema.Table {
	var table schema.Table
	for _, column := range columns {
		if column.field != nil {
			table = append(table, *column.field)
		}
	}
	return table
}
