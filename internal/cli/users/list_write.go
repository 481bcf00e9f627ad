package users

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// writeRoster writes the list as a roster.
func (o *listOptions) writeRoster(ctx context.Context) (err error) {
	switch {
	case o.write == "":
		return failure.Refuse(errors.New("--recipient requires --write"))
	case len(o.columns) > 0:
		return failure.Refuse(errors.New("--write cannot be combined with --columns; a roster has all documented fields"))
	case o.app.Global.Output != "" || o.app.Global.JQ != "":
		return failure.Refuse(errors.New("--write cannot be combined with --output and --jq"))
	}
	file, err := job.NewRosterFile(o.app, o.selection, o.write, o.recipients)
	if err != nil {
		return err
	}
	defer func() { _ = file.Discard() }() // after Commit it does nothing
	connection, err := o.app.Connect(ctx, o.selection, app.ConnectOptions{})
	if err != nil {
		return err
	}
	defer connection.Close()
	o.useNames(ctx, connection)
	rows, err := file.Begin(writtenFields(o.selection.Adapter))
	if err != nil {
		return err
	}
	written, err := o.each(ctx, provider.Must[provider.Lister](connection.Client), func(_ provider.User, record schema.Record) error {
		return rows.Write(record)
	})
	if err != nil {
		return o.notWritten(err)
	}
	if err := file.Commit(); err != nil {
		return err
	}
	o.app.Streams.Say("", fmt.Sprintf("Wrote %s to %s.", progress.Count(written.shown, "user"), o.write))
	o.sum(written, false)
	return nil
}

// writtenFields lists the fields that can be read back, the natural key first.
func writtenFields(adapter provider.Adapter) schema.Table {
	key, _ := adapter.Table.Field(adapter.Key)
	fields := schema.Table{key}
	for _, field := range job.OtherFields(adapter) {
		if !amend.Incomparable(field) {
			fields = append(fields, field)
		}
	}
	return fields
}

// notWritten returns the failure of a list that could not be written. If a table cannot
// contain a value, a format that can is the next step.
func (o *listOptions) notWritten(err error) error {
	if _, isUnfit := errors.AsType[*roster.UnfitError](err); !isUnfit {
		return err
	}
	words := []string{"usher users list", "--profile=" + o.selection.Profile.Name}
	for _, filter := range o.selection.Adapter.Filters {
		if value, ok := o.filters[filter.Name]; ok {
			words = append(words, shell.Quote("--"+schema.Kebab(filter.Name)+"="+value))
		}
	}
	for _, flag := range [][2]string{{"search", o.search}, {"sort", o.sort}} {
		if flag[1] != "" {
			words = append(words, shell.Quote("--"+flag[0]+"="+flag[1]))
		}
	}
	if o.limit > 0 {
		words = append(words, fmt.Sprintf("--limit=%d", o.limit))
	}
	name, encrypted := strings.CutSuffix(o.write, job.EncryptedEnding)
	name = strings.TrimSuffix(name, name[strings.LastIndexByte(name, '.'):]) + "." + string(roster.NDJSON)
	if encrypted {
		name += job.EncryptedEnding
	}
	words = append(words, "--write "+shell.Quote(name))
	for _, recipient := range o.recipients {
		words = append(words, "--recipient "+shell.Quote(recipient))
	}
	return failure.Refuse(fmt.Errorf("%s: %w", o.write, err), strings.Join(words, " "))
}
