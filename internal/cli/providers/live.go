package providers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/passwords"
	"github.com/bring-aboard/usher/internal/referee"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// liveDoc is what was seen at the real system.
type liveDoc struct {
	Profile    string    `json:"profile"`
	Target     string    `json:"target"`
	Key        string    `json:"key"`
	Operations []stepDoc `json:"operations"`
	// Left are the test users that may still exist at the provider.
	Left []leftDoc `json:"left"`
}

type stepDoc struct {
	Operation string            `json:"operation"`
	State     referee.StepState `json:"state"`
	Error     string            `json:"error,omitempty"`
}

type leftDoc struct {
	ID  string `json:"id"`
	Key string `json:"key"`
}

func (d *liveDoc) rows() [][2]string {
	rows := [][2]string{{"target", d.Target}, {"test user", d.Key}}
	for _, step := range d.Operations {
		text := string(step.State)
		if step.Error != "" {
			text += ": " + step.Error
		}
		rows = append(rows, [2]string{step.Operation, text})
	}
	for _, user := range d.Left {
		rows = append(rows, [2]string{"left", fmt.Sprintf("key %q, id %q", user.Key, user.ID)})
	}
	return rows
}

// tryLive tries the description with one test user. The document is nil if nothing was sent.
func (o *checkOptions) tryLive(ctx context.Context, one *describe.Provider) (*liveDoc, error) {
	selection, err := o.app.Selected()
	if err != nil {
		return nil, err
	}
	profile := selection.Profile
	used, err := o.app.Descriptions.Get(profile.Provider)
	switch {
	case profile.Provider != one.Name:
		return nil, failure.Refuse(fmt.Errorf("profile %s is for provider %s, not %s", profile.Name, profile.Provider, one.Name), "usher profiles list")
	case err != nil:
		return nil, failure.Refuse(err)
	case used.SHA256 != one.SHA256:
		return nil, failure.Refuse(fmt.Errorf("profile %s uses another description: %s", profile.Name, used.Origin), "usher providers add "+shell.Quote(one.Origin)+" --replace")
	}
	record, changes, err := o.testUser(selection, one.Description)
	if err != nil {
		return nil, err
	}
	key := record.Text(selection.Adapter.Key)
	if err := o.confirm(ctx, selection, key); err != nil {
		return nil, err
	}
	connection, err := o.app.Connect(ctx, selection, app.ConnectOptions{})
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	const wait = 2 * time.Second
	result := referee.Live(ctx, connection.Client, selection.Adapter, record, changes, wait)
	doc := &liveDoc{Profile: profile.Name, Target: selection.Target, Key: key, Left: []leftDoc{}}
	for _, step := range result.Steps {
		shown := stepDoc{Operation: step.Operation, State: step.State}
		if step.Err != nil {
			shown.Error = step.Err.Error()
		}
		doc.Operations = append(doc.Operations, shown)
	}
	for _, user := range result.Left {
		doc.Left = append(doc.Left, leftDoc{user.ID, key})
	}
	return doc, liveFailure(selection, key, result)
}

// liveFailure returns the failure for what did not work, and for users that are left.
func liveFailure(selection *app.Selection, key string, result *referee.LiveResult) error {
	var next []string
	if len(result.Left) > 0 {
		next = []string{failure.Note("the test user may still exist: delete it"), "usher users delete " + shell.Quote(key) + " -p " + selection.Profile.Name}
		if _, ok := selection.Adapter.Endpoint(provider.CapabilityDelete); !ok {
			next = []string{fmt.Sprintf("delete the user %q at the provider", key)}
		}
	}
	worst := result.Worst()
	switch {
	case worst == nil && len(result.Left) == 0:
		return nil
	case worst == nil:
		return failure.Fail(failure.StatusFailed, errors.New("the test user is still at the provider: no delete is described"), next...)
	}
	status := failure.StatusFailed
	switch {
	case result.IsUnknown():
		status = failure.StatusUnknown
	case provider.ClassOf(worst) == provider.Denied:
		status = failure.StatusDenied
	}
	return failure.Fail(status, fmt.Errorf("the description does not agree with the real API: %w", worst), next...)
}

// confirm asks before anything is sent.
func (o *checkOptions) confirm(ctx context.Context, selection *app.Selection, key string) error {
	if o.yes {
		return nil
	}
	command := "usher providers check " + shell.Quote(o.name) + " --live -p " + selection.Profile.Name
	for _, field := range o.fields {
		command += " --field " + shell.Quote(field)
	}
	if !o.app.Streams.CanPrompt() {
		return failure.Refuse(errors.New("confirmation required; nothing was sent"), command+" --yes")
	}
	question := fmt.Sprintf("Create the test user %q in %s, create it again, which must be refused, and delete it?", key, selection.Target)
	if _, ok := selection.Adapter.Endpoint(provider.CapabilityDelete); !ok {
		question = fmt.Sprintf("Create the test user %q in %s, and create it again, which must be refused? No delete is described: the user stays.", key, selection.Target)
	}
	agreed, err := o.app.Streams.Confirm(ctx, question)
	switch {
	case err != nil:
		return app.Unchecked(err)
	case !agreed:
		return failure.Fail(failure.StatusInterrupted, errors.New("cancelled; nothing was sent"))
	default:
		return nil
	}
}

// testUser returns a user that is obviously a test, with the defaults of the profile and the values of --field, and the
// change of one field.
func (o *checkOptions) testUser(selection *app.Selection, d *describe.Description) (record, changes schema.Record, err error) {
	table := selection.Adapter.Table
	record, err = app.Defaults(selection)
	if err != nil {
		return nil, nil, err
	}
	given, err := o.given(table)
	if err != nil {
		return nil, nil, err
	}
	record = record.With(given)
	tag := "usher-test-" + strings.ToLower(rand.Text()[:10])
	source, err := passwords.NewSource(passwords.DefaultPolicy())
	if err != nil {
		return nil, nil, err
	}
	for _, field := range table {
		_, isGiven := record[field.Name]
		isRepeated := d.Update != nil && slices.ContainsFunc(d.Update.Repeat, func(r describe.Repeat) bool {
			return r.Name == field.WirePath()[0] // an update sends it again
		})
		if isGiven || !field.Required && !isRepeated {
			continue
		}
		text := testValue(field, tag)
		if field.Secret {
			if text, err = source.Password(1); err != nil {
				return nil, nil, err
			}
		}
		value, wrong := field.Parse(text)
		if wrong != nil {
			return nil, nil, failure.Refuse(wrong, "usher providers check "+shell.Quote(o.name)+" --live -p "+selection.Profile.Name+" --field "+field.Name+"=VALUE")
		}
		record[field.Name] = value
	}
	if wrong := table.Validate(record); len(wrong) > 0 {
		return nil, nil, failure.Refuse(wrong.Err(), failure.Note("no value can be made up for this field"),
			"usher providers check "+shell.Quote(o.name)+" --live -p "+selection.Profile.Name+" --field "+wrong[0].Field+"=VALUE")
	}
	for _, field := range table.Mutable() {
		isPlain := field.Kind == schema.String && field.Format == schema.AnyText && field.Pattern == nil && !field.Closed && !field.WriteOnly && !field.Identifier
		if _, isGiven := given[field.Name]; isPlain && !isGiven && field.Name != selection.Adapter.Key && (field.MaxLength == 0 || field.MaxLength > len(changedText)) {
			return record, schema.Record{field.Name: changedText}, nil
		}
	}
	return record, nil, nil
}

// changedText is the value of the update.
const changedText = "Usher Test Changed"

// testValue returns a value for a required field as text.
func testValue(field schema.Field, tag string) string {
	switch {
	case field.Format == schema.Email:
		return tag + "@example.com"
	case field.Identifier && field.Format == schema.AnyText: // never the documented example, who may exist
		return tag
	case len(field.Suggestions) > 0:
		return field.Suggestions[0]
	case field.Pattern != nil:
		return field.Example
	case field.Format == schema.UUID:
		return uuid.NewString()
	case field.Format == schema.URI:
		return "https://example.com/" + tag
	case field.Format == schema.Date:
		return "2030-01-31"
	case field.Format == schema.DateTime:
		return "2030-01-31T00:00:00Z"
	case field.Kind == schema.Integer:
		return "1"
	case field.Kind == schema.Boolean:
		return "false"
	default:
		return "Usher Test"
	}
}

// given returns the values of --field.
func (o *checkOptions) given(table schema.Table) (schema.Record, error) {
	record := schema.Record{}
	for _, text := range o.fields {
		name, value, ok := strings.Cut(text, "=")
		field, known := table.Match(name)
		switch {
		case !ok:
			return nil, failure.Refuse(errors.New("--field must be NAME=VALUE"), "usher providers check --help")
		case !known:
			return nil, failure.Refuse(fmt.Errorf("--field: unknown field %q%s", name, schema.Suggestion(name, table.Names())), "usher providers show "+shell.Quote(o.name))
		case field.Secret:
			return nil, failure.Refuse(fmt.Errorf("--field cannot set %s, which is a secret: a password is generated", field.Name), "usher providers check --help")
		}
		parsed, wrong := field.Parse(value)
		if wrong != nil {
			return nil, failure.Refuse(wrong, "usher providers show "+shell.Quote(o.name))
		}
		record[field.Name] = parsed
	}
	return record, nil
}
