package providertest

import (
	"context"
	"errors"
	"fmt"

	"github.com/bring-aboard/usher/pkg/provider"
)

// directoryChecks returns the checks of the lists of what fields refer to, if the client has them.
func directoryChecks() []Check {
	return []Check{
		{"entries have ids and come once", having(checkEntries)},
		{"entries can be left early", having(checkEntriesLeft)},
		{"an undocumented kind is refused", having(checkUnknownKinds)},
	}
}

// entriesOf returns the entries of a kind before the first error.
func entriesOf(ctx context.Context, client provider.Client, kind string) ([]provider.Entry, error) {
	var entries []provider.Entry
	for entry, err := range provider.Must[provider.Directory](client).Entries(ctx, kind) {
		if err != nil {
			return entries, err
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

// checkEntries reads every documented kind, and reads it again from a server
// that repeats itself.
func checkEntries(tr *trial, directory provider.Directory, s *stage) error {
	if _, err := tr.createMany(2); err != nil {
		return err
	}
	var found findings
	for power, kind := range tr.kinds() {
		s.change(tr.pass)
		genuine, err := tr.checkOnce(directory, kind)
		found.in(kind, err)
		if genuine == 0 {
			found.addf("%s: there is none, so nothing is tried", kind)
			continue
		}
		received := s.received()
		for _, exchange := range received {
			found.in(kind, tr.checkDocumented(power, exchange.sent))
		}
		document, err := parse(received[0].answer.body)
		if err != nil {
			return err
		}
		s.change(bounded(func(int) answer { return received[0].answer.with(format(merge(document, document))) }))
		again, err := tr.checkOnce(directory, kind)
		if _, failed := errors.AsType[findings](err); failed || again > genuine {
			found.in(kind+", each twice in one answer", err)
		}
		found.in(kind, checkBounded(s))
	}
	return found.err()
}

// checkOnce counts the entries of a kind. What is wrong with them is an error
// of type findings, any other one is the client's own.
func (tr *trial) checkOnce(directory provider.Directory, kind string) (int, error) {
	var found findings
	seen := map[string]bool{}
	for entry, err := range directory.Entries(tr.t.Context(), kind) {
		if err != nil {
			return len(seen), err
		}
		if entry.ID == "" {
			found.addf("an entry has no id")
		}
		if seen[entry.ID] {
			found.addf("the entry %q comes twice", entry.ID)
		}
		seen[entry.ID] = true
		if _, err := parse(entry.Attributes); err != nil {
			found.in("the attributes of "+entry.ID, err)
		}
	}
	if len(found) > 0 {
		return len(seen), found
	}
	return len(seen), nil
}

func checkEntriesLeft(tr *trial, directory provider.Directory, _ *stage) error {
	if _, err := tr.createMany(2); err != nil {
		return err
	}
	var found findings
	for _, kind := range tr.kinds() {
		yielded := 0
		directory.Entries(tr.t.Context(), kind)(func(_ provider.Entry, err error) bool {
			found.add(err)
			yielded++
			return false // a loop would panic where the list goes on
		})
		if yielded != 1 {
			found.addf("%s: it yields %d times to a loop that is left at the first entry", kind, yielded)
		}
	}
	return found.err()
}

func checkUnknownKinds(tr *trial, directory provider.Directory, s *stage) error {
	documented := map[string]bool{}
	for _, kind := range tr.kinds() {
		documented[kind] = true
	}
	var found findings
	for _, kind := range []string{provider.Role, provider.Organization, provider.Group, "", "planet"} {
		if documented[kind] {
			continue
		}
		errs := 0
		for _, err := range directory.Entries(tr.t.Context(), kind) {
			found.in(fmt.Sprintf("%q", kind), judge(err, provider.Invalid))
			errs++
		}
		if errs != 1 {
			found.addf("%q: it yields %d times, want one error", kind, errs)
		}
	}
	if n := len(s.received()); n != 0 {
		found.addf("%d requests were sent", n)
	}
	return found.err()
}
