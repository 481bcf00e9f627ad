package fields

import (
	"slices"

	"github.com/bring-aboard/usher/pkg/schema"
)

// ItemLists returns the lists to which single items can be added, and from which they can be removed: an update changes
// them, and responses contain them.
func ItemLists(table schema.Table) schema.Table {
	return slices.DeleteFunc(table.Mutable(), func(f schema.Field) bool {
		return !f.Kind.IsList() || f.WriteOnly || f.HasSecret()
	})
}

// Adding returns a list as the field of the flag that adds items to it.
func Adding(list schema.Field) schema.Field {
	list.Flag, list.Help, list.Required = "add-"+list.FlagName(), "add to "+list.Name+" (repeatable)", false
	return list
}

// Removing returns a list as the field of the flag that removes items from it. An object can be specified by some of its
// parts.
func Removing(list schema.Field) schema.Field {
	list.Flag, list.Help, list.Required = "remove-"+list.FlagName(), "remove from "+list.Name+" (repeatable)", false
	list.Parts = slices.Clone(list.Parts)
	for i := range list.Parts {
		list.Parts[i].Required = false
	}
	return list
}
