package ledgertest

import (
	"errors"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

const sulu = "sulu https://api.sulu.sh/v0"

// enterTest runs once at a target with an identity, and returns the error of Admit.
func enterTest(t *testing.T, l ledger.Store, at string, id ledger.Identity, counts rowstate.Counts) *ledger.TenantError {
	t.Helper()
	lock, err := l.Lock(t.Context(), at)
	check(t, err)
	defer func() { check(t, lock.Release()) }()
	if err := lock.Admit(t.Context(), id); err != nil {
		failure, ok := errors.AsType[*ledger.TenantError](err)
		if !ok {
			t.Fatal(err)
		}
		return failure
	}
	run, err := lock.Begin(t.Context(), ledger.RunInfo{Command: "import"})
	check(t, err)
	check(t, run.Finish(t.Context(), ledger.Summary{Counts: counts}))
	return nil
}

func testTenants(t *testing.T, fresh Fresh) {
	t.Parallel()
	const acme, globex = sulu + " (tenant acme)", sulu + " (tenant globex)"
	good, denied := rowstate.Counts{rowstate.Existing: 1}, rowstate.Counts{rowstate.Failed: 1}
	type step struct {
		at           string
		token, org   string
		counts       rowstate.Counts
		same, isNew  bool // record this first
		want         ledger.TenantReason
		others       string
		wantDecision bool // that recording fails
	}
	for name, steps := range map[string][]step{
		"the same credentials":       {{at: sulu, token: "a", counts: good}, {at: sulu, token: "a", counts: good}},
		"other credentials":          {{at: sulu, token: "a", counts: good}, {at: sulu, token: "b", want: ledger.OtherCredentials}, {at: sulu, token: "a", counts: good}},
		"renewed credentials":        {{at: sulu, token: "a", counts: good}, {at: sulu, token: "b", same: true, counts: good}, {at: sulu, token: "a", want: ledger.OtherCredentials}},
		"the same organization":      {{at: sulu, token: "a", org: "org_1", counts: good}, {at: sulu, token: "b", org: "org_1", counts: good}, {at: sulu, token: "c", org: "org_2", want: ledger.OtherCredentials}},
		"an organization appears":    {{at: sulu, token: "a", counts: good}, {at: sulu, token: "b", org: "org_1", want: ledger.OtherCredentials}},
		"nothing is known of either": {{at: sulu, counts: good}, {at: sulu, token: "a", counts: good}, {at: sulu, counts: good}, {at: sulu, token: "b", want: ledger.OtherCredentials}},
		"denied at first":            {{at: sulu, token: "typo", counts: denied}, {at: sulu, token: "a", counts: good}, {at: sulu, token: "typo", want: ledger.OtherCredentials}},
		"denied once more": {
			{at: sulu, token: "a", counts: good}, {at: sulu, token: "b", same: true, counts: denied}, {at: sulu, token: "b", counts: good},
		},
		"two tenants":       {{at: acme, token: "a", counts: good}, {at: globex, token: "b", counts: good}, {at: acme, token: "a", counts: good}},
		"a tenant's tokens": {{at: acme, token: "a", counts: good}, {at: acme, token: "b", counts: good}, {at: acme, token: "a", counts: good}},
		"no tenant any more": {
			{at: acme, token: "a", counts: good}, {at: sulu, token: "a", want: ledger.NoTenant, others: acme}, {at: sulu, token: "a", same: true, want: ledger.NoTenant, others: acme, wantDecision: true},
		},
		"a tenant gets its name": {
			{at: sulu, token: "a", counts: good}, {at: acme, token: "a", want: ledger.NewTenant, others: sulu},
			{at: acme, token: "a", same: true, counts: good}, {at: sulu, token: "a", want: ledger.NoTenant, others: acme}, {at: globex, token: "b", counts: good},
		},
		"another tenant gets a name": {
			{at: sulu, token: "a", counts: good}, {at: globex, token: "b", want: ledger.NewTenant, others: sulu},
			{at: globex, token: "b", isNew: true, counts: good}, {at: sulu, token: "a", counts: good}, {at: acme, token: "a", want: ledger.NewTenant, others: sulu},
			{at: acme, token: "a", same: true, counts: good},
		},
		"a tenant without a name": {{at: sulu, token: "a", counts: good}, {at: sulu, token: "b", isNew: true, want: ledger.OtherCredentials, wantDecision: true}},
		"a tenant is renamed, and back": {
			{at: acme, token: "a", counts: good}, {at: globex, token: "a", want: ledger.NewTenant, others: acme}, {at: globex, token: "a", same: true, counts: good},
			{at: acme, token: "b", want: ledger.NewTenant, others: globex}, {at: acme, token: "b", same: true, counts: good}, {at: globex, token: "c", want: ledger.NewTenant, others: acme},
		},
		"a sandbox":        {{at: "sulu sandbox", token: "a", counts: good}, {at: "sulu sandbox", token: "b", counts: good}},
		"another address":  {{at: sulu, token: "a", counts: good}, {at: "sulu https://eu.sulu.sh/v0", token: "b", counts: good}},
		"another provider": {{at: sulu, token: "a", counts: good}, {at: "scim https://api.sulu.sh/v0", token: "b", counts: good}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := fresh.open(t)
			for i, step := range steps {
				var credentials []string
				if step.token != "" {
					credentials = []string{step.token}
				}
				id := l.Digester().Identity(step.at, credentials, step.org)
				var err error
				if step.same {
					err = l.SameTenant(t.Context(), step.at, id)
				}
				if step.isNew {
					err = l.NewTenant(t.Context(), step.at, id)
				}
				if (err != nil) != step.wantDecision {
					t.Fatalf("step %d: deciding: %v", i+1, err)
				}
				failure := enterTest(t, l, step.at, id, step.counts)
				switch {
				case step.want == 0 && failure != nil, step.want != 0 && failure == nil:
					t.Fatalf("step %d: got %v, want the reason %d", i+1, failure, step.want)
				case failure != nil && (failure.Reason != step.want || strings.Join(failure.Others, ", ") != step.others):
					t.Fatalf("step %d: got %+v", i+1, failure)
				}
			}
			check(t, checkItself(t.Context(), l))
		})
	}
}

// The owner of a target's users is not decided while a run is in progress there.
func testTenantIsNotDecidedDuringARun(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	counts := rowstate.Counts{rowstate.Created: 1}
	if failure := enterTest(t, l, sulu, ledger.Identity{}, counts); failure != nil {
		t.Fatal(failure)
	}
	Lock(t, l, sulu)
	const acme = sulu + " (tenant acme)"
	for _, decide := range []func() error{
		func() error { return l.SameTenant(t.Context(), acme, ledger.Identity{}) },
		func() error { return l.NewTenant(t.Context(), acme, ledger.Identity{}) },
		func() error { return l.SameTenant(t.Context(), sulu, ledger.Identity{}) },
	} {
		if err := decide(); !is[*ledger.LockedError](err) {
			t.Errorf("got %v", err)
		}
	}
}
