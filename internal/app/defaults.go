package app

import (
	"errors"
	"strings"

	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/leak"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Defaults reads the values of fields that a profile gives to every record.
func Defaults(selection *Selection) (schema.Record, error) {
	table, profile := selection.Adapter.Table, selection.Profile
	record, fieldErrs := ReadDefaults(table, profile.Defaults)
	var errs []error
	for _, fieldErr := range fieldErrs {
		errs = append(errs, profile.SettingError("defaults", entryOf(table, profile.Defaults, fieldErr.Pointer), fieldErr))
	}
	if len(errs) > 0 {
		return nil, failure.Refuse(errors.Join(errs...), "usher profiles show "+profile.Name)
	}
	return record, nil
}

// entryOf returns the name of the default that a pointer into the defaults leads
// to, "" for none.
func entryOf(table schema.Table, defaults map[string]schema.Text, pointer string) string {
	for name := range defaults {
		if at := pointerOf(table, name); pointer == at || strings.HasPrefix(pointer, at+"/") {
			return name
		}
	}
	return ""
}

// pointerOf returns the JSON Pointer of what a default sets.
func pointerOf(table schema.Table, name string) string {
	if field, known := fieldOf(table, name); known {
		return schema.Pointer(field.WirePath())
	}
	return schema.Pointer([]string{name})
}

// fieldOf returns the field that a default sets: by its place in the request, with
// dots, or under any of its names.
func fieldOf(table schema.Table, name string) (schema.Field, bool) {
	for _, field := range table {
		if strings.Join(field.WirePath(), ".") == name {
			return field, true
		}
	}
	return table.Match(name)
}

// ShownDefaults returns default values as they may be shown: "[redacted]" is the
// value of every field that is a secret, and of every name that no field has.
func ShownDefaults(table schema.Table, defaults map[string]any) map[string]any {
	shown := map[string]any{}
	for name, value := range defaults {
		shown[name] = leak.Redacted
		if field, known := fieldOf(table, name); known && !field.Secret {
			shown[name] = value
		}
	}
	return shown
}

// ReadDefaults reads default values by the table, each under any name that the
// field has. A secret cannot be a default: the profile file contains none.
func ReadDefaults(table schema.Table, defaults map[string]schema.Text) (schema.Record, schema.FieldErrors) {
	record, fieldErrs := table.Decode(nested(table, defaults))
	return record, append(fieldErrs, secretDefaults(table, record)...)
}

func nested(table schema.Table, defaults map[string]schema.Text) map[string]any {
	document := map[string]any{}
	for name, value := range defaults {
		document[name] = value
	}
	return table.Nest(document)
}

// SecretDefaults returns what is wrong with a profile whose defaults set a
// secret: where each is, and not its value.
func SecretDefaults(selection *Selection) config.Errors {
	table, profile := selection.Adapter.Table, selection.Profile
	record := table.Read(nested(table, profile.Defaults))
	var configErrs config.Errors
	for _, fieldErr := range secretDefaults(table, record) {
		found := profile.SettingError("defaults", entryOf(table, profile.Defaults, fieldErr.Pointer), fieldErr)
		found.Hint = "remove it from the file, and change it if others could read the file"
		configErrs = append(configErrs, found)
	}
	return configErrs
}

func secretDefaults(table schema.Table, record schema.Record) schema.FieldErrors {
	var fieldErrs schema.FieldErrors
	for _, secret := range table.Secrets() {
		if _, ok := record[secret.Name]; ok {
			fieldErrs = append(fieldErrs, &schema.FieldError{
				Field: secret.Name, Pointer: schema.Pointer(secret.WirePath()), Cause: schema.Malformed,
				Message: secret.Name + " is a secret and cannot be a default",
			})
		}
	}
	return fieldErrs
}
