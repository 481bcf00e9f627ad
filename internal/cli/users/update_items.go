package users

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// itemFlags are the flags that add items to lists of the user, or remove them, and leave the others as they are.
type itemFlags struct {
	// addTable and removeTable are the lists with the names of these flags.
	addTable, removeTable schema.Table
	add, remove           *fields.Flags
	// impossible are the flags of lists whose items cannot be changed one by one. They exist for a better error.
	impossible *fields.Fixed

	added, removed schema.Record // the specified items
}

// addItemFlags adds --add-NAME and --remove-NAME to the command for each of [fields.ItemLists].
func addItemFlags(cmd *cobra.Command, a *app.App, selection *app.Selection) *itemFlags {
	f := &itemFlags{}
	table := selection.Adapter.Table
	lists := fields.ItemLists(table)
	for _, list := range lists {
		f.addTable, f.removeTable = append(f.addTable, fields.Adding(list)), append(f.removeTable, fields.Removing(list))
	}
	f.add, f.remove = fields.Add(cmd, f.addTable, nil), fields.Add(cmd, f.removeTable, nil)
	cmdutil.CompleteNames(cmd, a, selection, slices.Concat(f.addTable, f.removeTable))
	var others schema.Table
	for _, field := range without(table, lists) {
		if field.Kind.IsList() {
			others = append(others, fields.Adding(field), fields.Removing(field))
		}
	}
	f.impossible = fields.AddFixed(cmd, others)
	return f
}

// names returns the names of the flags, without dashes.
func (f *itemFlags) names() []string {
	var names []string
	for _, field := range slices.Concat(f.addTable, f.removeTable) {
		names = append(names, field.FlagName())
	}
	return names
}

// args returns the arguments of the specified items, quoted for a shell.
func (f *itemFlags) args() []string {
	added, _ := f.add.Record() // parsed before, without an error
	removed, _ := f.remove.Record()
	return append(fields.Args(f.addTable, added), fields.Args(f.removeTable, removed)...)
}

// gatherItems reads and validates the items to add and to remove. Wanted are the other changes.
func (o *updateOptions) gatherItems(wanted schema.Record) (err error) {
	f := o.items
	var fieldErrs, more schema.FieldErrors
	f.added, fieldErrs = f.add.Record()
	f.removed, more = f.remove.Record()
	if fieldErrs = append(fieldErrs, more...); len(fieldErrs) > 0 {
		return failure.Refuse(fieldErrs, o.helpCommand())
	}
	for _, side := range []struct {
		table schema.Table
		items schema.Record
	}{{f.addTable, f.added}, {f.removeTable, f.removed}} {
		for _, field := range within(side.table, side.items) {
			if _, whole := wanted[field.Name]; whole {
				return failure.Refuse(fmt.Errorf("--%s cannot be combined with a new list for %s", field.FlagName(), field.Name), o.helpCommand())
			}
			if items := itemsOf(side.items[field.Name]); len(items) == 0 || slices.ContainsFunc(items, isEmptyItem) {
				return failure.Refuse(fmt.Errorf("--%s: empty value", field.FlagName()), o.helpCommand())
			}
		}
	}
	if o.interactive && len(f.added)+len(f.removed) > 0 {
		return failure.Refuse(errors.New("-i cannot be combined with flags that add or remove single items: the form has the whole list"), o.helpCommand())
	}
	if f.added, err = o.resolved(within(f.addTable, f.added), f.added); err != nil {
		return err
	}
	if f.removed, err = o.resolved(within(f.removeTable, f.removed), f.removed); err != nil {
		return err
	}
	for _, field := range within(f.addTable, f.added) {
		for _, item := range itemsOf(f.added[field.Name]) {
			if slices.ContainsFunc(itemsOf(f.removed[field.Name]), func(other any) bool { return reflect.DeepEqual(item, other) }) {
				return failure.Refuse(fmt.Errorf("%s: %s is both added and removed", field.Name, o.shownItem(field, item)), o.helpCommand())
			}
		}
	}
	return nil
}

// refuseItems returns the error for lists whose items cannot be changed one by one.
func (o *updateOptions) refuseItems(lists schema.Table) error {
	adapter := o.selection.Adapter
	list, _ := adapter.Table.Field(lists[0].Name)
	if list.Immutable {
		return o.refuseFixed(schema.Table{list})
	}
	return failure.Refuse(fmt.Errorf("--%s: %s does not return %s, so nothing can be added to it or removed from it; %s replaces the list",
		lists[0].FlagName(), adapter.Vendor, list.Name, fields.FlagFor(list)), o.helpCommand())
}

// changedLists returns the lists as they are after the removals and then the additions.
func (o *updateOptions) changedLists(user provider.User) (schema.Record, error) {
	f, table := o.items, o.selection.Adapter.Table
	current, lists := user.Record(table), schema.Record{}
	for _, list := range within(table, f.added.With(f.removed)) {
		have := itemsOf(current[list.Name])
		if !isWhole(list, user, len(have)) {
			return nil, failure.Refuse(fmt.Errorf("%s: the response contains items of another form, which an update would remove; nothing was sent", list.Name),
				fmt.Sprintf("usher users get %s -p %s -o json", o.quotedKey(), o.selection.Profile.Name))
		}
		items := slices.Clone(have)
		for _, item := range itemsOf(f.removed[list.Name]) {
			kept := slices.DeleteFunc(slices.Clone(items), func(other any) bool { return hasParts(other, item) })
			if len(kept) == len(items) {
				o.app.Streams.Say("", fmt.Sprintf("Nothing to remove: %s does not contain %s.", list.Name, o.shownItem(list, item)))
			}
			items = kept
		}
		for _, item := range itemsOf(f.added[list.Name]) {
			if !slices.ContainsFunc(items, func(other any) bool { return hasParts(other, item) }) {
				items = append(items, item)
			}
		}
		if list.Required && len(items) == 0 {
			return nil, failure.Refuse(fmt.Errorf("%s: required, and nothing would be left", list.Name), o.helpCommand())
		}
		lists[list.Name] = listOf(list, items)
	}
	return lists, nil
}

// isWhole reports whether a user's object has exactly this number of items in a list, so that none of them was left out
// when it was read.
func isWhole(list schema.Field, user provider.User, items int) bool {
	members, err := provider.Properties(user.Attributes)
	if err != nil {
		return false
	}
	var value any = members
	for _, step := range list.WirePath() {
		object, _ := value.(map[string]any)
		value = object[step]
	}
	sent, isList := value.([]any)
	return value == nil || isList && len(sent) == items
}

// itemsOf returns the items of a list, each a string or a [schema.Record].
func itemsOf(list any) []any {
	var items []any
	switch list := list.(type) {
	case []string:
		for _, item := range list {
			items = append(items, item)
		}
	case []schema.Record:
		for _, item := range list {
			items = append(items, item)
		}
	}
	return items
}

// listOf is the inverse of itemsOf.
func listOf(field schema.Field, items []any) any {
	list := reflect.ValueOf(field.Empty())
	for _, item := range items {
		list = reflect.Append(list, reflect.ValueOf(item))
	}
	return list.Interface()
}

func isEmptyItem(item any) bool {
	object, isObject := item.(schema.Record)
	return item == "" || isObject && len(object) == 0
}

// hasParts reports whether an item of a user is the specified one: the same text, or an object with at least the
// specified parts.
func hasParts(item, specified any) bool {
	object, ok := item.(schema.Record)
	parts, alsoOK := specified.(schema.Record)
	if !ok || !alsoOK {
		return item == specified
	}
	for name, value := range parts {
		if !reflect.DeepEqual(object[name], value) {
			return false
		}
	}
	return true
}

// shownItem returns an item for people, with names instead of ids.
func (o *updateOptions) shownItem(list schema.Field, item any) string {
	return o.names.Text(list, listOf(list, []any{item}))
}
