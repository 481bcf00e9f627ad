package users

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/form"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/schema"
)

// The choices of the review.
const (
	reviewCreate = "Create"
	reviewUpdate = "Update"
	reviewDryRun = "Show the request"
	reviewEdit   = "Edit"
	reviewMore   = "More fields"
	reviewCancel = "Cancel"
)

// fewFields is the number of fields that are asked for without a choice of a group.
const fewFields = 6

// fill asks for the missing fields; with -i, first for all required fields and those that have a value. Then it shows the
// whole user until the review ends with a decision.
func (o *createOptions) fill(ctx context.Context, missing schema.Table, record schema.Record) (schema.Record, error) {
	table := o.selection.Adapter.Table.Ordered()
	asked, ask := missing, missing
	if o.interactive {
		asked = o.withoutGenerated(slices.DeleteFunc(slices.Clone(table), func(f schema.Field) bool { return !f.Required && record.IsEmpty(f.Name) }))
		if len(asked) == 0 {
			asked = table[:min(fewFields, len(table))]
		}
		ask = asked
	}
	for {
		var err error
		if record, err = o.ask(ctx, ask, record); err != nil {
			return nil, o.left(record, err)
		}
		rest := o.withoutGenerated(without(without(table, asked), within(table, record)))
		choice, err := o.review(ctx, record, len(rest) > 0)
		if err != nil {
			return nil, o.left(record, err)
		}
		switch choice {
		case reviewEdit:
			ask = slices.DeleteFunc(slices.Clone(table), func(f schema.Field) bool {
				_, wasAsked := asked.Field(f.Name)
				return !wasAsked && record.IsEmpty(f.Name)
			})
		case reviewMore:
			if ask, err = o.selectGroup(ctx, rest); err != nil {
				return nil, o.left(record, err)
			}
			asked = append(slices.Clone(asked), ask...)
		case reviewCancel:
			return nil, o.left(record, form.ErrAborted)
		default:
			return record, nil
		}
	}
}

// ask asks for the values of these fields. After an error it returns what was typed so far.
func (o *createOptions) ask(ctx context.Context, asked schema.Table, record schema.Record) (schema.Record, error) {
	accepting := names.Accepting(asked)
	questions := form.Questions(accepting, record)
	if err := offerNames(o.app, o.names, asked, questions, !o.dryRun); err != nil {
		return record, err
	}
	generated := o.offerPassword(questions)
	answers, err := o.app.Form.Ask(ctx, "New user in "+o.selection.Target, questions)
	if err != nil {
		return typedSoFar(accepting, record, answers), err
	}
	if generated != "" {
		o.generate = answers[generated] == ""
		accepting = o.withoutGenerated(accepting)
		if o.generate {
			delete(answers, generated)
			record = o.withoutPlaceholders(record)
		}
	}
	return form.Record(accepting, record, answers)
}

// offerPassword makes the form ask for passwords twice, or generate the one that is required if it is the only one. It
// returns the name of that field, "" for none.
func (o *createOptions) offerPassword(questions []form.Question) (generated string) {
	passwords := o.selection.Adapter.Table.Passwords()
	for i := range questions {
		question := &questions[i]
		question.Repeated = question.Secret
		if len(passwords) == 1 && question.Name == passwords[0].Name && question.Required {
			question.Required, question.Default = false, "a generated password, which is shown once"
			generated = question.Name
		}
	}
	return generated
}

// typedSoFar returns the record with the valid answers that are not secret.
func typedSoFar(table schema.Table, record schema.Record, answers map[string]string) schema.Record {
	for _, field := range table {
		if answer := answers[field.Name]; answer != "" && !field.Secret {
			if with, err := form.Record(schema.Table{field}, record, map[string]string{field.Name: answer}); err == nil {
				record = with
			}
		}
	}
	return record
}

// review shows the whole user and returns the decision. Return creates the user; nothing that is typed before the
// question is an answer to it.
func (o *createOptions) review(ctx context.Context, given schema.Record, hasMore bool) (string, error) {
	record, err := o.validate(given)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(o.app.Streams.Err, "New user in %s:\n%s\n", o.selection.Target, term.Sanitize(o.summary(given, record)))
	choices := []string{reviewCreate, reviewEdit}
	if o.dryRun {
		choices[0] = reviewDryRun
	}
	if hasMore {
		choices = append(choices, reviewMore)
	}
	return o.app.Form.Select(ctx, "Create this user in "+o.selection.Target+"?", append(choices, reviewCancel))
}

// selectGroup returns the fields of one group, or all if there are few, or if the form lets the user choose among them.
func (o *createOptions) selectGroup(ctx context.Context, rest schema.Table) (schema.Table, error) {
	if len(rest) <= fewFields || o.app.Streams.Accessible() {
		return rest, nil
	}
	var choices []string
	byChoice := map[string]schema.Table{}
	for _, group := range groupsOf(rest) {
		var labels []string
		for _, field := range group {
			labels = append(labels, field.Label())
		}
		choice := schema.Shorten(strings.Join(labels, ", "), 50)
		choices, byChoice[choice] = append(choices, choice), group
	}
	all := fmt.Sprintf("All %d fields", len(rest))
	byChoice[all] = rest
	choice, err := o.app.Form.Select(ctx, "Which fields?", append(choices, all))
	return byChoice[choice], err
}

// groupsOf returns fields in groups of at most fewFields: those of one object together, the others in their order.
func groupsOf(table schema.Table) []schema.Table {
	var groups []schema.Table
	var others schema.Table
	for len(table) > 0 {
		object, _, nested := strings.Cut(table[0].Name, ".")
		group := slices.DeleteFunc(slices.Clone(table), func(f schema.Field) bool { return nested && !strings.HasPrefix(f.Name, object+".") })
		if !nested {
			group = table[:1]
			others = append(others, group...)
		} else {
			groups = append(groups, group)
		}
		table = without(table, group)
	}
	return slices.Concat(slices.Collect(slices.Chunk(others, fewFields)), groups)
}

// left returns the failure of a form that was left: with the command that continues with what was typed, without secrets.
func (o *createOptions) left(record schema.Record, err error) error {
	if !errors.Is(err, form.ErrAborted) && !errors.Is(err, context.Canceled) {
		return app.Unchecked(err)
	}
	words := append([]string{"usher", "users", "create", "-p", o.selection.Profile.Name}, o.arguments(record)...)
	return failure.Fail(failure.StatusInterrupted, errors.New("cancelled; nothing was sent"), continuation(words)...)
}

// arguments returns the flags of the values that are not secret, and the other flags of a form.
func (o *createOptions) arguments(record schema.Record) []string {
	table := o.selection.Adapter.Table
	words := fields.Args(without(table, table.Secrets()), record)
	if o.generate {
		words = append(words, "--generate-password")
	}
	if o.credentials != "" {
		words = append(words, "--credentials", shell.Quote(o.credentials))
	}
	if o.onExists != job.OnExistsFail {
		words = append(words, "--on-exists", o.onExists)
	}
	if o.dryRun {
		words = append(words, "--dry-run")
	}
	return words
}
