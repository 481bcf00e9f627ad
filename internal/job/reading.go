package job

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/join"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/schema"
)

// readingDoc is how a roster was read, the property "reading" of documents of plans and
// runs. It has no secret.
type readingDoc struct {
	Columns  []columnDoc  `json:"columns"`
	Values   []valueDoc   `json:"values"`
	Changes  []changeDoc  `json:"changes"`
	Warnings []warningDoc `json:"warnings"`
	NotRead  []unreadDoc  `json:"not_read"`
	First    []sampleDoc  `json:"first"`
}

// columnDoc is one column; Field is empty if it is not read.
type columnDoc struct {
	Number int    `json:"number"`
	Header string `json:"header"`
	Field  string `json:"field"`
	Type   string `json:"type,omitempty"`
}

// valueDoc is a value that does not come from a column: of a default, --set, --join or a route.
type valueDoc struct {
	Field string `json:"field"`
	From  string `json:"from"`
	Value string `json:"value"`
}

// changeDoc is a change of values on the way in. Field is empty and Line 0 for all fields
// together.
type changeDoc struct {
	Change string `json:"change"`
	Field  string `json:"field"`
	Count  int    `json:"count"`
	Line   int    `json:"line"`
}

// warningDoc is what may be wrong with values.
type warningDoc struct {
	Message string `json:"message"`
	Header  string `json:"header"`
	Count   int    `json:"count"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
}

// unreadDoc is what of a file was not read.
type unreadDoc struct {
	Kind  string   `json:"kind"`
	Names []string `json:"names"`
	Count int      `json:"count"`
}

// sampleDoc is a user as they are sent, by documented field name.
type sampleDoc struct {
	Line int            `json:"line"`
	Key  string         `json:"key"`
	User map[string]any `json:"user"`
}

// The words for what a change is besides [roster.Concern.Change].
const (
	changeTrimmed = "trimmed"
	changeName    = "name"
)

// reading returns how an open roster was read, without the first users.
func (r *Reader) reading(people *importSource) *readingDoc {
	description, summary := people.Description(), people.Summary()
	doc := &readingDoc{
		Columns: []columnDoc{}, Values: r.values(people), Changes: []changeDoc{}, Warnings: []warningDoc{}, NotRead: []unreadDoc{}, First: []sampleDoc{},
	}
	fields := map[string]string{}
	for _, column := range description.Columns {
		field := column.Field
		if column.Part != "" {
			field += "." + column.Part
		}
		fields[column.Header] = field
		doc.Columns = append(doc.Columns, columnDoc{column.Number, column.Header, field, column.Label})
	}
	for _, unread := range description.NotRead {
		doc.NotRead = append(doc.NotRead, unreadDoc{string(unread.Kind), unread.Names, unread.Count})
	}
	if len(summary.Left) > 0 {
		doc.NotRead = append(doc.NotRead, unreadDoc{string(roster.UnreadProperty), summary.Left, len(summary.Left)})
	}
	if summary.Trimmed > 0 {
		doc.Changes = append(doc.Changes, changeDoc{Change: changeTrimmed, Count: summary.Trimmed})
	}
	for _, warning := range summary.Warnings {
		first := warning.First
		switch change, left := warning.Concern.Change(), warning.Concern.LeftOut(); {
		case change != "":
			doc.Changes = append(doc.Changes, changeDoc{change, fields[first.Header], warning.Count, first.Line})
		case left != "":
			doc.NotRead = append(doc.NotRead, unreadDoc{string(roster.UnreadRow), []string{left}, warning.Count})
		default:
			doc.Warnings = append(doc.Warnings, warningDoc{string(warning.Concern), first.Header, warning.Count, first.Line, first.Column})
		}
	}
	for _, field := range slices.Sorted(maps.Keys(people.named)) {
		doc.Changes = append(doc.Changes, changeDoc{Change: changeName, Field: field, Count: people.named[field]})
	}
	return doc
}

// values lists the values that do not come from a column. A field of --set or --join has
// no default.
func (r *Reader) values(people *importSource) []valueDoc {
	values := []valueDoc{}
	table, set := r.selection.Adapter.Table, map[string]string{}
	given, _ := r.setFor(roster.Options{Table: table}) // it was read before
	for name, text := range given {
		f, _ := table.Match(name)
		set[f.Name] = text
	}
	for _, f := range table {
		text, isSet := set[f.Name]
		carried := slices.IndexFunc(r.carried, func(c carriedValue) bool { return c.field.Name == f.Name })
		switch {
		case carried >= 0 && r.creates:
			values = append(values, valueDoc{f.Name, "route", r.carried[carried].reference()})
		case slices.Contains(people.joined.Fields(), f.Name):
			values = append(values, valueDoc{f.Name, "join", text})
		case isSet && r.texts[f.Name] == text:
			values = append(values, valueDoc{f.Name, "route", text})
		case isSet:
			values = append(values, valueDoc{f.Name, "set", hidden(f, text)})
		case people.defaults[f.Name] != nil:
			values = append(values, valueDoc{f.Name, "default", hidden(f, f.Text(people.defaults[f.Name]))})
		}
	}
	return values
}

// valuesText says in phrases where values come from that no column has.
func (r *Reader) valuesText(values []valueDoc) []string {
	var texts []string
	for _, v := range values {
		switch v.From {
		case "join":
			texts = append(texts, fmt.Sprintf("%s is from %s (--join)", v.Field, r.joinedFile(v.Value)))
		case "route":
			texts = append(texts, fmt.Sprintf("%s is %s (route)", v.Field, r.routeValue(v)))
		case "set":
			texts = append(texts, fmt.Sprintf("%s is %q (--set)", v.Field, v.Value))
		default:
			texts = append(texts, fmt.Sprintf("%s is %q if empty (profile)", v.Field, v.Value))
		}
	}
	return texts
}

// routeValue returns a value of a route in words.
func (r *Reader) routeValue(value valueDoc) string {
	for _, carried := range r.carried {
		if carried.field.Name == value.Field {
			return carried.String()
		}
	}
	return strconv.Quote(value.Value)
}

// joinedFile returns the file of a reference such as @ids.id.
func (r *Reader) joinedFile(text string) string {
	reference, _ := join.ParseReference(text) // it was read before
	for _, joined := range r.Join {
		if spec, err := join.ParseSpec(joined, r.selection.Adapter.Table); err == nil && spec.Name == reference.Name {
			return spec.File
		}
	}
	return text
}

// hiddenText is shown instead of a secret.
const hiddenText = "(hidden)"

func hidden(f schema.Field, text string) string {
	if f.HasSecret() {
		return hiddenText
	}
	return text
}

// sampleOf returns a user as they are sent.
func sampleOf(table schema.Table, line int, key string, record schema.Record) sampleDoc {
	sample := sampleDoc{Line: line, Key: key, User: map[string]any{}}
	for _, f := range table {
		value, ok := record[f.Name]
		switch {
		case !ok:
		case f.HasSecret():
			sample.User[f.Name] = hiddenText
		default:
			sample.User[f.Name] = value
		}
	}
	return sample
}

// mostSamples is the number of users that a plan shows.
const mostSamples = 3

// showSamples shows the first users as they are sent.
func (r *run) showSamples() {
	if r.reads == nil || len(r.reads.First) == 0 {
		return
	}
	out := r.App.Streams.Err
	fmt.Fprintln(out, "  The first users as they are sent:")
	for _, sample := range r.reads.First {
		var items []string
		for _, f := range r.Selection.Adapter.Table {
			value, ok := sample.User[f.Name]
			switch {
			case !ok:
			case f.HasSecret():
				items = append(items, f.Name+" "+hiddenText)
			default:
				items = append(items, f.Name+" "+amend.Shown(f, value))
			}
		}
		for _, line := range wrap(fmt.Sprintf("    line %d: ", sample.Line), items, r.App.Streams.ErrWidth()) {
			fmt.Fprintln(out, line)
		}
	}
}

// namesCounted returns a validation that counts the values of rows in which names became ids.
func namesCounted(table schema.Table, next roster.Validate, counts map[string]int) roster.Validate {
	var fields schema.Table
	for _, f := range table {
		if names.Refers(f) {
			fields = append(fields, f)
		}
	}
	if len(fields) == 0 {
		return next
	}
	return func(record schema.Record) (schema.Record, schema.FieldErrors, error) {
		checked, faults, err := next(record)
		for _, f := range fields {
			if len(faults) == 0 && f.Text(checked[f.Name]) != f.Text(record[f.Name]) {
				counts[f.Name]++
			}
		}
		return checked, faults, err
	}
}
