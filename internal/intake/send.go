package intake

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/credentials"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// items yields the rows with this standing that can be sent, passwords included.
func (i *Import) items(ctx context.Context, standing ledger.Standing) iter.Seq2[bulk.Item, error] {
	return func(yield func(bulk.Item, error) bool) {
		for m, err := range i.members(ctx) {
			if err != nil {
				yield(bulk.Item{}, err)
				return
			}
			if m.isFaulty() || m.finding.Standing != standing {
				continue
			}
			record, err := i.withPassword(m)
			if err != nil {
				yield(bulk.Item{}, err)
				return
			}
			item := bulk.Item{Row: m.Number, Line: m.Line, Key: i.keyOf(record), Record: record, Doubt: standing == ledger.Doubtful}
			if !yield(item, nil) {
				return
			}
		}
	}
}

// withPassword gives the record of a row with its generated password, where
// one is to be generated and the row has none of its own.
func (i *Import) withPassword(m member) (schema.Record, error) {
	if i.Passwords == nil {
		return m.Record, nil
	}
	given := schema.Record{}
	for _, field := range i.Adapter.Table.Secrets() {
		if !m.Record.IsEmpty(field.Name) {
			continue
		}
		password, err := i.Passwords.Password(m.Number)
		if err != nil {
			return nil, err
		}
		given[field.Name] = password
	}
	return m.Record.With(given), nil
}

// WritePasswords writes the generated password of every row that may be sent.
// It is done before the first of them is: no crash may strand an account whose
// password nobody knows.
func (i *Import) WritePasswords(ctx context.Context, file *credentials.File) error {
	for m, err := range i.members(ctx) {
		if err != nil {
			return err
		}
		if m.isFaulty() || m.finding.Standing == ledger.Exists || !i.lacksSecret(m.Record) {
			continue
		}
		password, err := i.Passwords.Password(m.Number)
		if err != nil {
			return err
		}
		if err := file.Add(m.Line, i.keyOf(m.Record), password); err != nil {
			return err
		}
	}
	return file.Finish()
}

func (i *Import) lacksSecret(record schema.Record) bool {
	for _, field := range i.Adapter.Table.Secrets() {
		if record.IsEmpty(field.Name) {
			return true
		}
	}
	return false
}

// RecordKnown notes the rows that need not or must not be sent: those whose
// user exists, and those with faults. It reports their outcomes.
func (i *Import) RecordKnown(ctx context.Context, journal Journal, exists bulk.Exists, report func(bulk.Outcome)) error {
	for m, err := range i.members(ctx) {
		if err != nil {
			return err
		}
		outcome := bulk.Outcome{Item: bulk.Item{Row: m.Number, Line: m.Line, Key: i.keyOf(m.Record), Record: m.Record}, State: bulk.Failed}
		switch {
		case m.isFaulty():
			outcome.Err = i.refusal(m)
		case m.finding.Standing != ledger.Exists:
			continue
		case exists == bulk.FailExisting:
			outcome.User.ID = m.finding.UserID
			outcome.Err = &provider.Error{Class: provider.Conflict, Op: "create the user", Err: errors.New("the user exists already")}
		default:
			outcome.State, outcome.User.ID = bulk.Existing, m.finding.UserID
		}
		if err := journal.Record(ctx, outcome); err != nil {
			return err
		}
		report(outcome)
	}
	return nil
}

// refusal is the error of a row that our own validation refused.
func (i *Import) refusal(m member) error {
	var texts []string
	for _, fault := range i.faultsOf(m) {
		texts = append(texts, fault.Message)
	}
	return &provider.Error{Class: provider.Invalid, Op: "send the row", Err: errors.New(strings.Join(texts, "; "))}
}

// Send has every row that is new or in doubt created, those in doubt first.
func (i *Import) Send(ctx context.Context, drain <-chan struct{}, client provider.Client, journal Journal, options bulk.Options) error {
	if err := bulk.Run(ctx, drain, client, journal, i.items(ctx, ledger.Doubtful), options); err != nil {
		return fmt.Errorf("settling the rows in doubt: %w", err)
	}
	return bulk.Run(ctx, drain, client, journal, i.items(ctx, ledger.New), options)
}
