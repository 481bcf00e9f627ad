package kit

import (
	"errors"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Defaults reads the values of fields that a profile gives to every record.
func Defaults(selection *app.Selection) (schema.Record, error) {
	table, profile := selection.Adapter.Table, selection.Profile
	record, faults := table.Decode(table.Nest(profile.Defaults))
	var errs []error
	for _, fault := range faults {
		errs = append(errs, profile.Fault("defaults", fault.Pointer, fault))
	}
	for _, secret := range table.Secrets() {
		if _, ok := record[secret.Name]; ok {
			errs = append(errs, profile.Fault("defaults", schema.Pointer(secret.WirePath()),
				errors.New(secret.Name+" is a secret and cannot be a default")))
		}
	}
	if len(errs) > 0 {
		return nil, app.Refuse(errors.Join(errs...), "usher profiles show "+profile.Name)
	}
	return record, nil
}
