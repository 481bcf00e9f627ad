package profiles

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/doctor"
	"github.com/bring-aboard/usher/internal/form"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// try offers to check the credentials with the settings so far, if the provider documents a read for that. It reports
// whether to ask for the settings once more.
func (v *interview) try(ctx context.Context) (again bool, err error) {
	check, documented := v.adapter.Endpoint(provider.CapabilityCheck)
	if v.awaitsLogin || !documented {
		return false, nil
	}
	if wanted, err := v.choose(ctx, "Check the credentials now ("+check.Request+")?", true); err != nil || !wanted {
		return false, err
	}
	for {
		failed := v.verify(ctx)
		if failed == nil {
			v.verified = true
			fmt.Fprintln(v.app.Streams.Err, "The credentials are valid.")
			return false, nil
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
		v.warn(failed)
		choice, err := v.app.Form.Select(ctx, "What next?", []string{checkAgain, change, saveAnyway})
		if err != nil || choice != checkAgain {
			return choice == change, err
		}
	}
}

// verify checks the credentials with the settings so far.
func (v *interview) verify(ctx context.Context) error {
	selection, err := v.selection()
	if err != nil {
		return err
	}
	defer app.ShowIfSlow(v.app.Streams.Err, "Checking the credentials")()
	_, err = doctor.Verify(ctx, v.app, selection)
	return err
}

// selection returns the profile with the settings so far.
func (v *interview) selection() (*app.Selection, error) {
	preview, err := v.loaded.Preview(v.name, v.given)
	if err != nil {
		return nil, err
	}
	return v.app.SelectIn(preview, v.name)
}

// askDefaults prompts for the default values of new users: the organization, and fields that refer to things. Their names
// are offered if the provider lists them.
func (v *interview) askDefaults(ctx context.Context) error {
	if !v.asks("defaults") {
		return nil
	}
	selection, err := v.selection()
	if err != nil {
		return err
	}
	table := selection.Adapter.Table
	values := map[string]schema.Text{}
	maps.Copy(values, selection.Profile.Defaults)
	var questions []form.Question
	for _, field := range table {
		adapter, current := selection.Adapter, string(values[field.Name])
		if field.Name != adapter.Organization && field.Name != adapter.Scope && !names.Refers(field) {
			continue
		}
		question := form.Questions(names.Accepting(schema.Table{field}), nil)[0]
		question.Help, question.Value, question.Required = "empty for none", current, false
		question.Options = v.offered(ctx, selection, field, current)
		questions = append(questions, question)
	}
	answers, err := v.app.Form.Ask(ctx, "Default values for new users", questions)
	if err != nil {
		return err
	}
	for name, answer := range answers {
		if answer == "" {
			delete(values, name)
		} else {
			values[name] = schema.Text(answer)
		}
	}
	if maps.Equal(values, selection.Profile.Defaults) {
		return nil
	}
	var entries []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		entries = append(entries, name+"="+string(values[name]))
	}
	v.given["defaults"] = entries
	if entries == nil {
		v.given["defaults"] = ""
	}
	return nil
}

// offered returns the current value of a field, if any, and those by the names that the provider lists, the least powerful
// role first; nil if it lists none, or if they could not be read.
func (v *interview) offered(ctx context.Context, selection *app.Selection, field schema.Field, current string) []string {
	if !v.verified || !names.Refers(field) {
		return nil
	}
	link := app.NewLazyConnection(func() (*app.Connection, error) { return v.app.Connect(ctx, selection, app.ConnectOptions{}) })
	defer link.Close()
	offered, err := app.Names(ctx, v.app, selection, link).Suggest(field)
	if err != nil {
		v.warn(err)
		return nil
	}
	if current != "" && len(offered) > 0 && !slices.Contains(offered, current) {
		offered = append([]string{current}, offered...)
	}
	return offered
}
