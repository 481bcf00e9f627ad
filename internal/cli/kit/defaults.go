package kit

import (
	"errors"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Defaults reads the values of fields that a profile gives to every record.
func Defaults(selection *app.Selection) (schema.Record, error) {
	table, profile := selection.Adapter.Table, selection.Profile
	record, faults := ReadDefaults(table, profile.Defaults)
	var errs []error
	for _, fault := range faults {
		errs = append(errs, profile.Fault("defaults", fault.Pointer, fault))
	}
	if len(errs) > 0 {
		return nil, app.Refuse(errors.Join(errs...), "usher profiles show "+profile.Name)
	}
	return record, nil
}

// ReadDefaults reads default values by the table, each under any name that the
// field has. A secret cannot be a default: the profile file holds none.
func ReadDefaults(table schema.Table, defaults map[string]any) (schema.Record, schema.Faults) {
	record, faults := table.Decode(table.Nest(defaults))
	for _, secret := range table.Secrets() {
		if _, ok := record[secret.Name]; ok {
			faults = append(faults, &schema.Fault{
				Field: secret.Name, Pointer: schema.Pointer(secret.WirePath()), Cause: schema.Malformed,
				Message: secret.Name + " is a secret and cannot be a default",
			})
		}
	}
	return record, faults
}
