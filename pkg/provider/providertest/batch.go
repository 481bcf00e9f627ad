package providertest

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// batched is the number of records in the suite's batches.
const batched = 3

// batchChecks returns the checks of batches, if the client can send them and this server accepts them.
func batchChecks() []Check {
	return []Check{
		{"a batch returns a user for each record", batching(checkBatch)},
		{"a batch reports which records failed", batching(checkPartialBatch)},
		{"a batch mixes up no results", batching(checkBatchOrder)},
		{"a batch without ids invents none", batching(checkBatchWithoutIDs)},
		{"a batch refuses a record that cannot be written", batching(checkUnwritableBatch)},
	}
}

// batching returns a check with the client's stage, which passes if the client cannot send a batch.
func batching(run func(tr *trial, batcher provider.Batcher, s *stage) error) checkFunc {
	return having(func(tr *trial, batcher provider.Batcher, s *stage) error {
		size, err := batcher.BatchSize(tr.t.Context())
		if err != nil {
			return fmt.Errorf("the size of a batch: %w", err)
		}
		if size < batched {
			return nil
		}
		s.change(tr.pass)
		return run(tr, batcher, s)
	})
}

// batchSize returns the size of a batch, 0 if it is not known.
func (tr *trial) batchSize(client provider.Client) int {
	size, err := provider.Must[provider.Batcher](client).BatchSize(tr.t.Context())
	if err != nil {
		return 0
	}
	return size
}

// batchOf returns a batch that begins with this record.
func (tr *trial) batchOf(first schema.Record) []schema.Record {
	records := []schema.Record{first}
	for n := 1; n < batched; n++ {
		records = append(records, tr.record(900+n))
	}
	return records
}

// oneError returns the error that all results of a batch have, nil if all have a user. Any other outcome is an error
// that is not a [provider.Error].
func oneError(results []provider.BatchResult) error {
	if len(results) != batched {
		return fmt.Errorf("%d results for %d records", len(results), batched)
	}
	first := results[0].Err
	for _, result := range results {
		if (result.Err == nil) != (first == nil) || provider.ClassOf(result.Err) != provider.ClassOf(first) {
			return fmt.Errorf("one record has the error %w, another one: %w", first, result.Err)
		}
		if _, ok := errors.AsType[*provider.Error](result.Err); result.Err != nil && !ok {
			return fmt.Errorf("the error is no *provider.Error: %w", result.Err)
		}
	}
	return first
}

func checkBatch(tr *trial, batcher provider.Batcher, s *stage) error {
	records := tr.batchOf(tr.record(1))
	results := batcher.CreateBatch(tr.t.Context(), records)
	if err := oneError(results); err != nil {
		return err
	}
	var found findings
	ids := map[string]bool{}
	for i, result := range results {
		ids[result.User.ID] = true
		place := fmt.Sprintf("record %d", i+1)
		found.in(place, tr.checkBatched(result.User, records[i]))
		found.in(place, tr.checkAttributes(result.User))
		_, err := tr.read(result.User, target{records[i], result.User})
		found.in(place+" afterwards", err)
	}
	if len(ids) != batched {
		found.addf("%d records have %d ids", batched, len(ids))
	}
	if n := len(s.received()); n != 1 {
		found.addf("%d requests were sent, want one", n)
	}
	found.add(tr.checkSent(s, provider.CapabilityBatch))
	s.change(tr.pass)
	if results := batcher.CreateBatch(tr.t.Context(), nil); len(results) != 0 || len(s.received()) != 0 {
		found.addf("a batch of no record has %d results and takes %d requests", len(results), len(s.received()))
	}
	return found.err()
}

// checkBatched is checkUser for a response that may have no key.
func (tr *trial) checkBatched(user provider.User, record schema.Record) error {
	if user.Key == "" {
		user.Key = tr.key(record)
	}
	return tr.checkUser(user, record)
}

// checkPartialBatch sends a batch with a user who exists in the middle.
func checkPartialBatch(tr *trial, batcher provider.Batcher, _ *stage) error {
	records := tr.batchOf(tr.record(1))
	if _, _, err := tr.create(records[1]); err != nil {
		return err
	}
	results := batcher.CreateBatch(tr.t.Context(), records)
	if len(results) != batched {
		return fmt.Errorf("%d results for %d records", len(results), batched)
	}
	var found findings
	for i, result := range results {
		place := fmt.Sprintf("record %d", i+1)
		if i == 1 {
			found.in(place, judge(result.Err, provider.Conflict))
			continue
		}
		found.in(place, result.Err)
		if result.Err == nil {
			found.in(place, tr.checkBatched(result.User, records[i]))
		}
	}
	return found.err()
}

// checkBatchOrder shortens, extends and reverses the lists of a genuine response. A result is its record's own or
// unknown.
func checkBatchOrder(tr *trial, batcher provider.Batcher, s *stage) error {
	records := tr.batchOf(tr.record(1))
	genuine := batcher.CreateBatch(tr.t.Context(), records)
	if err := oneError(genuine); err != nil {
		return err
	}
	last, err := s.last()
	if err != nil {
		return err
	}
	document, err := parse(last.answer.body)
	if err != nil {
		return err
	}
	var found findings
	for name, change := range map[string]func(items []any) []any{
		"without the last":  func(items []any) []any { return items[:batched-1] },
		"without the first": func(items []any) []any { return items[1:] },
		"without any":       func([]any) []any { return []any{} },
		"with one twice":    func(items []any) []any { return append([]any{items[0]}, items...) },
		"turned round":      func(items []any) []any { items = slices.Clone(items); slices.Reverse(items); return items },
	} {
		s.change(always(last.answer.with(format(editLists(document, change)))))
		results := batcher.CreateBatch(tr.t.Context(), records)
		if len(results) != batched {
			found.addf("%s: %d results for %d records", name, len(results), batched)
			continue
		}
		unknown := 0
		for i, result := range results {
			switch {
			case result.Err != nil:
				unknown++
				found.in(fmt.Sprintf("%s: record %d", name, i+1), judge(result.Err, provider.Unknown))
			case result.User.ID != genuine[i].User.ID:
				found.addf("%s: record %d has the id of another one", name, i+1)
			}
		}
		if missing := map[string]int{"without the last": 1, "without the first": 1, "without any": batched}[name]; unknown < missing {
			found.addf("%s: %d records are unknown, want at least %d", name, unknown, missing)
		}
	}
	return found.err()
}

// editLists copies a document in which every list of as many items as a batch
// has is changed.
func editLists(document any, change func(items []any) []any) any {
	switch document := document.(type) {
	case map[string]any:
		members := map[string]any{}
		for name, value := range document {
			members[name] = editLists(value, change)
		}
		return members
	case []any:
		if len(document) == batched {
			return change(document)
		}
	}
	return document
}

func checkBatchWithoutIDs(tr *trial, batcher provider.Batcher, s *stage) error {
	records := tr.batchOf(tr.record(1))
	genuine := batcher.CreateBatch(tr.t.Context(), records)
	if err := oneError(genuine); err != nil {
		return err
	}
	last, err := s.last()
	if err != nil {
		return err
	}
	document, err := parse(last.answer.body)
	if err != nil {
		return err
	}
	s.change(always(last.answer.with(format(edit(document, func(_ string, value any) (any, bool) {
		return value, !slices.ContainsFunc(genuine, func(r provider.BatchResult) bool { return isScalar(value, r.User.ID) || isAddress(value, r.User.ID) })
	})))))
	var found findings
	for i, result := range batcher.CreateBatch(tr.t.Context(), records) {
		place := fmt.Sprintf("record %d", i+1)
		if result.Err != nil {
			found.in(place, judge(result.Err, provider.Unknown))
			continue
		}
		if result.User.ID != "" {
			found.addf("%s: the user has the id %q", place, result.User.ID)
		}
	}
	return found.err()
}

// isAddress reports whether a value is the address of the user with this id.
func isAddress(value any, id string) bool {
	text, ok := value.(string)
	return ok && strings.HasSuffix(text, "/"+url.PathEscape(id))
}

// checkUnwritableBatch sends a batch in which one record is a mistake of the caller's.
func checkUnwritableBatch(tr *trial, batcher provider.Batcher, _ *stage) error {
	records := tr.batchOf(tr.record(1))
	records[1] = records[1].With(schema.Record{tr.Adapter.Key: struct{}{}})
	results := batcher.CreateBatch(tr.t.Context(), records)
	if len(results) != batched {
		return fmt.Errorf("%d results for %d records", len(results), batched)
	}
	var found findings
	found.in("the record", judge(results[1].Err, provider.Invalid))
	for _, i := range []int{0, 2} {
		if results[i].Err != nil {
			found.in("its neighbour", judge(results[i].Err, provider.Invalid))
			continue
		}
		found.in("its neighbour", tr.checkBatched(results[i].User, records[i]))
	}
	return found.err()
}
