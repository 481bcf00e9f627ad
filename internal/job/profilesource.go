package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// profilePrefix begins the name of a roster that is the list of users of another profile.
const profilePrefix = "profile:"

// IsProfile reports whether a roster is the list of users of another profile, and returns the name of that.
func IsProfile(file string) (name string, ok bool) { return strings.CutPrefix(file, profilePrefix) }

// profileSource returns the users of a profile as a roster: in the documented form if both profiles have the same
// provider, and otherwise one value for each field.
func (r *Reader) profileSource(ctx context.Context, name string) (source roster.Source, done func(), err error) {
	from, err := r.app.Select(name)
	if err != nil {
		return roster.Source{}, nil, err
	}
	if from.Target == r.selection.Target {
		return roster.Source{}, nil, failure.Refuse(fmt.Errorf("profile %s has the target of profile %s: %s", name, r.selection.Profile.Name, from.Target))
	}
	if err := app.Documented(from.Adapter, provider.CapabilityList, "list the users"); err != nil {
		return roster.Source{}, nil, err
	}
	reading, writing := io.Pipe()
	go func() { writing.CloseWithError(r.writeUsers(ctx, from, writing)) }()
	return roster.Stream(r.File, reading), func() { _ = reading.Close() }, nil
}

// writeUsers writes every user of a profile.
func (r *Reader) writeUsers(ctx context.Context, from *app.Selection, to io.Writer) error {
	connection, err := r.app.Connect(ctx, from, app.ConnectOptions{})
	if err != nil {
		return err
	}
	defer connection.Close()
	encode := from.Adapter.Table.Encode
	if from.Adapter.Name != r.selection.Adapter.Name {
		encode = flat(from.Adapter.Table)
	}
	for user, err := range provider.Must[provider.Lister](connection.Client).List(ctx, nil) {
		if provider.IsIncomplete(err) {
			err = fmt.Errorf("the list may be incomplete: %w", err)
		}
		if err != nil {
			return app.ProviderFailure(from, fmt.Errorf("could not list the users of profile %s; nothing was sent: %w", from.Profile.Name, err))
		}
		record := user.Record(from.Adapter.Table)
		for _, field := range from.Adapter.Table {
			if field.HasSecret() {
				delete(record, field.Name)
			}
		}
		text, err := encode(record)
		if err == nil {
			_, err = to.Write(append(text, '\n'))
		}
		if errors.Is(err, io.ErrClosedPipe) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// flat returns an encoder of records with one value for each field, by its documented name: of a list of objects, that
// of the primary one, or of the first.
func flat(table schema.Table) func(schema.Record) ([]byte, error) {
	return func(record schema.Record) ([]byte, error) {
		values := map[string]any{}
		for _, field := range table {
			value, ok := record[field.Name]
			if objects, isList := value.([]schema.Record); isList {
				value, ok = mainValue(field, objects)
			}
			if ok {
				values[field.Name] = value
			}
		}
		return json.Marshal(values)
	}
}

// mainValue returns the value of the primary object, or of the first.
func mainValue(field schema.Field, objects []schema.Record) (value any, ok bool) {
	if len(objects) == 0 || len(field.Parts) == 0 {
		return nil, false
	}
	chosen := objects[0]
	for _, object := range objects {
		if object["primary"] == true {
			chosen = object
			break
		}
	}
	value, ok = chosen[field.Parts[0].Name]
	return value, ok
}
