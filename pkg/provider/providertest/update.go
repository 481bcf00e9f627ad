package providertest

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// updateChecks returns the checks of updates, if the client has them.
func updateChecks() []Check {
	return []Check{
		{"update changes the given fields and nothing else", having(checkUpdate)},
		{"update can empty a field", having(checkEmptied)},
		{"update sends the documented request", having(checkUpdateRequest)},
		{"update refuses what cannot be changed", having(checkImmutable)},
		{"an update of the key is followed", having(checkRenamed)},
	}
}

// editable lists the fields that an update can change and leave the user the
// same person.
func (tr *trial) editable() schema.Table {
	var table schema.Table
	for _, field := range tr.Adapter.Table.Mutable() {
		if field.Name != tr.Adapter.Key {
			table = append(table, field)
		}
	}
	return table
}

// someChanges returns another valid value for every field that can be changed with the others.
func (tr *trial) someChanges() schema.Record {
	changes := tr.otherValues()
	for _, field := range tr.editable() {
		if field.Apart {
			delete(changes, field.Name)
		}
	}
	return changes
}

// otherValues returns another valid value for every field that can be changed.
func (tr *trial) otherValues() schema.Record {
	changes, other := schema.Record{}, tr.record(77)
	for _, field := range tr.editable() {
		changes[field.Name] = other[field.Name]
	}
	return changes
}

// checkUpdate changes each field alone, and all at once, each time of a new user.
func checkUpdate(tr *trial, updater provider.Updater, _ *stage) error {
	all := tr.otherValues()
	cases := []schema.Record{tr.someChanges()}
	for _, field := range tr.editable() {
		cases = append(cases, schema.Record{field.Name: all[field.Name]})
	}
	var found findings
	for i, changes := range cases {
		found.in(strings.Join(changed(tr.Adapter.Table, changes), ", "), tr.tryUpdate(updater, tr.record(i+1), changes))
	}
	return found.err()
}

// changed names the fields of a change, in table order.
func changed(table schema.Table, changes schema.Record) []string {
	var names []string
	for _, field := range table {
		if _, ok := changes[field.Name]; ok {
			names = append(names, field.Name)
		}
	}
	return names
}

// tryUpdate creates a user from the record and updates it, and returns how the user differs from what it should be.
func (tr *trial) tryUpdate(updater provider.Updater, record, changes schema.Record) error {
	made, _, err := tr.create(record)
	if err != nil {
		return err
	}
	given, err := updater.Update(tr.t.Context(), made.ID, changes)
	if err != nil {
		return err
	}
	want := record.With(changes)
	var found findings
	if given.ID != made.ID {
		found.addf("the user has the id %q afterwards, want %q", given.ID, made.ID)
	}
	found.add(tr.checkUser(given, want))
	found.add(tr.checkAttributes(given))
	found.in("the user that is given", tr.checkFields(given, want))
	kept, err := tr.read(given, target{want, given})
	if err != nil {
		return err
	}
	found.in("the user that is kept", tr.checkFields(kept, want))
	return found.err()
}

// checkFields compares what can be read back of a user with a record.
func (tr *trial) checkFields(user provider.User, want schema.Record) error {
	var found findings
	for _, difference := range tr.Adapter.Table.Differences(user.Record(tr.Adapter.Table), want) {
		found.addf("field %s is %s, want %s", difference.Field.Name, format(difference.Have), format(difference.Want))
	}
	return found.err()
}

// checkEmptied empties each field that does not require a value: absent is not empty.
func checkEmptied(tr *trial, updater provider.Updater, _ *stage) error {
	var found findings
	for i, field := range tr.editable() {
		empty, ok := map[schema.Kind]any{schema.String: "", schema.Strings: []string{}, schema.Objects: []schema.Record{}}[field.Kind]
		if field.Required || field.Secret || !ok {
			continue
		}
		found.in(field.Name, tr.tryUpdate(updater, tr.record(i+1), schema.Record{field.Name: empty}))
	}
	return found.err()
}

// checkUpdateRequest looks at the requests of a change. Beside one that changes,
// there may be some that read.
func checkUpdateRequest(tr *trial, updater provider.Updater, s *stage) error {
	record := tr.record(1)
	made, _, err := tr.create(record)
	if err != nil {
		return err
	}
	if _, err := updater.Update(tr.t.Context(), made.ID, tr.someChanges()); err != nil {
		return err
	}
	var found findings
	changing := 0
	for _, exchange := range s.received() {
		if exchange.sent.reads() {
			continue
		}
		changing++
		found.add(tr.checkDocumented(provider.CapabilityUpdate, exchange.sent))
		if exchange.method != "PATCH" {
			continue
		}
		for _, field := range tr.Adapter.Table {
			if text := record.Text(field.Name); field.Immutable && text != "" && bytes.Contains(exchange.sent.body, format(text)) {
				found.addf("the body holds %s, which does not change", field.Name)
			}
		}
	}
	if changing != 1 {
		found.addf("%d requests change something, want one", changing)
	}
	return found.err()
}

// checkImmutable sends fields that no update changes, names that no field has and values that no field can have.
func checkImmutable(tr *trial, updater provider.Updater, s *stage) error {
	made, _, err := tr.create(tr.record(1))
	if err != nil {
		return err
	}
	refused := []schema.Record{{"no.such.field": "x"}}
	for _, field := range tr.Adapter.Table {
		if field.Immutable {
			refused = append(refused, schema.Record{field.Name: tr.record(2)[field.Name]})
		} else if field.In == schema.Body {
			refused = append(refused, schema.Record{field.Name: struct{}{}})
		}
	}
	var found findings
	for _, changes := range refused {
		place := fmt.Sprintf("%v", changed(tr.Adapter.Table, changes))
		with := tr.someChanges().With(changes)
		s.change(tr.pass)
		_, err := updater.Update(tr.t.Context(), made.ID, with)
		found.in(place, judge(err, provider.Invalid))
		for _, exchange := range s.received() {
			if !exchange.sent.reads() {
				found.addf("%s: %s %s was sent", place, exchange.method, exchange.url.RequestURI())
			}
		}
	}
	return found.err()
}

// checkRenamed changes the natural key, if that can be changed.
func checkRenamed(tr *trial, updater provider.Updater, _ *stage) error {
	key, _ := tr.Adapter.Table.Field(tr.Adapter.Key)
	if key.Immutable {
		return nil
	}
	record, other := tr.record(1), tr.record(2)
	made, _, err := tr.create(record)
	if err != nil {
		return err
	}
	renamed, err := updater.Update(tr.t.Context(), made.ID, schema.Record{key.Name: other[key.Name]})
	if err != nil {
		return err
	}
	want := record.With(schema.Record{key.Name: other[key.Name]})
	var found findings
	found.add(tr.checkUser(renamed, want))
	client, _ := tr.connect(tr.pass)
	for _, op := range tr.readings(client) {
		if op.user == nil {
			continue
		}
		user, err := op.user(tr.t.Context(), client, target{want, renamed})
		if err != nil {
			found.in(string(op.power), err)
			continue
		}
		if user.ID != renamed.ID {
			found.addf("%s gives the id %q, the update gave %q", op.power, user.ID, renamed.ID)
		}
		found.in(string(op.power), tr.checkFields(user, want))
	}
	if finder, ok := provider.As[provider.Finder](client); ok {
		_, err := finder.Find(tr.t.Context(), tr.key(record))
		found.in("the key of before", judge(err, provider.NotFound))
	}
	return found.err()
}
