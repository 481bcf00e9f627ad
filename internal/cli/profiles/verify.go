package profiles

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/internal/target"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// verify returns an error for settings that a later command would refuse: an address that credentials must not be
// sent to, and default values that are invalid for the provider. The configuration checks the others.
func (o *options) verify(present *config.Profile, given map[string]any) error {
	name, _ := given["provider"].(string)
	allowsHTTP := isTrue(given["allow-http"])
	if present != nil {
		name, allowsHTTP = present.Provider, allowsHTTP || present.Bool("allow-http")
	}
	for _, setting := range settings(o.app, o.described()...) {
		if text, ok := given[setting.Name].(string); ok && setting.Kind == config.URL && (text != "" || setting.Name == "base-url") {
			if err := rest.CheckURL("--"+setting.Name, text, allowsHTTP); err != nil {
				return failure.Refuse(err)
			}
		}
	}
	if tenant, ok := given["tenant"].(string); ok && tenant != "" {
		if err := target.CheckTenant(tenant); err != nil {
			return failure.Refuse(fmt.Errorf("--tenant: %w", err))
		}
	}
	adapter, known, err := o.app.Provider(name)
	if err != nil {
		return failure.Refuse(err, "usher providers check "+name)
	}
	if defaults, ok := given["defaults"].([]string); ok && known {
		return verifyDefaults(tailored(adapter, present, given), defaults)
	}
	return nil
}

// tailored returns the adapter for the profile's tenant. A schema file that cannot be read is ignored, because it may
// not have been fetched yet.
func tailored(adapter provider.Adapter, present *config.Profile, given map[string]any) provider.Adapter {
	if adapter.ForTenant == nil {
		return adapter
	}
	made, failed := adapter.ForTenant(func(name string) string {
		if text, ok := given[name].(string); ok {
			return text
		}
		if present != nil {
			text, _ := present.Text(name)
			return text
		}
		i := slices.IndexFunc(adapter.Settings, func(s provider.Setting) bool { return s.Name == name })
		if i < 0 {
			return ""
		}
		return adapter.Settings[i].Default
	})
	if failed != nil {
		return adapter
	}
	return made
}

func verifyDefaults(adapter provider.Adapter, defaults []string) error {
	texts := map[string]schema.Text{}
	for _, text := range defaults {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return failure.Refuse(fmt.Errorf("--default %q: must have the form FIELD=VALUE", text))
		}
		texts[name] = schema.Text(value)
	}
	record, fieldErrs := app.ReadDefaults(adapter.Table, texts)
	for _, field := range names.Accepting(adapter.Table) { // a name is looked up when it is used
		if value, ok := record[field.Name]; ok {
			fieldErrs = append(fieldErrs, field.Check(value)...)
		}
	}
	var errs []error
	for _, fieldErr := range fieldErrs {
		errs = append(errs, fmt.Errorf("--default: %w", fieldErr))
	}
	if len(errs) > 0 {
		return failure.Refuse(errors.Join(errs...), "usher providers show "+adapter.Name)
	}
	return nil
}

func isTrue(value any) bool {
	text, _ := value.(string)
	return text == "true" || text == "yes" || text == "on" || text == "1"
}
