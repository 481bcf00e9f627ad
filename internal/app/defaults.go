package app

import (
	"errors"
	"slices"

	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/leak"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Defaults reads the values of fields that a profile gives to every record.
func Defaults(selection *Selection) (schema.Record, error) {
	table, profile := selection.Adapter.Table, selection.Profile
	record, faults := ReadDefaults(table, profile.Defaults)
	var errs []error
	for _, fault := range faults {
		errs = append(errs, profile.Fault("defaults", fault.Pointer, fault))
	}
	if len(errs) > 0 {
		return nil, failure.Refuse(errors.Join(errs...), "usher profiles show "+profile.Name)
	}
	return record, nil
}

// ShownDefaults returns default values as they may be shown: "[redacted]" is the
// value of every field that is a secret, and of every name that no field has.
func ShownDefaults(table schema.Table, defaults map[string]any) map[string]any {
	return shownDefaults(table, defaults, nil)
}

func shownDefaults(table schema.Table, defaults map[string]any, place []string) map[string]any {
	shown := map[string]any{}
	for name, value := range defaults {
		at := append(slices.Clip(place), name)
		field, known := fieldAt(table, at)
		object, isObject := value.(map[string]any)
		switch {
		case known && !field.Secret:
			shown[name] = value
		case !known && isObject:
			shown[name] = shownDefaults(table, object, at)
		default:
			shown[name] = leak.Redacted
		}
	}
	return shown
}

// fieldAt returns the field at a place of the defaults: by its place in the
// request, or, at the top, under any of its names.
func fieldAt(table schema.Table, place []string) (schema.Field, bool) {
	for _, field := range table {
		if slices.Equal(field.WirePath(), place) {
			return field, true
		}
	}
	if len(place) > 1 {
		return schema.Field{}, false
	}
	return table.Match(place[0])
}

// ReadDefaults reads default values by the table, each under any name that the
// field has. A secret cannot be a default: the profile file holds none.
func ReadDefaults(table schema.Table, defaults map[string]any) (schema.Record, schema.Faults) {
	record, faults := table.Decode(table.Nest(defaults))
	return record, append(faults, secretDefaults(table, record)...)
}

// SecretDefaults returns what is wrong with a profile whose defaults set a
// secret: where each stands, and not its value.
func SecretDefaults(selection *Selection) config.Faults {
	table, profile := selection.Adapter.Table, selection.Profile
	record := table.Read(table.Nest(profile.Defaults))
	var faults config.Faults
	for _, fault := range secretDefaults(table, record) {
		found := profile.Fault("defaults", fault.Pointer, fault)
		found.Hint = "remove it from the file, and change it if others could read the file"
		faults = append(faults, found)
	}
	return faults
}

func secretDefaults(table schema.Table, record schema.Record) schema.Faults {
	var faults schema.Faults
	for _, secret := range table.Secrets() {
		if _, ok := record[secret.Name]; ok {
			faults = append(faults, &schema.Fault{
				Field: secret.Name, Pointer: schema.Pointer(secret.WirePath()), Cause: schema.Malformed,
				Message: secret.Name + " is a secret and cannot be a default",
			})
		}
	}
	return faults
}
