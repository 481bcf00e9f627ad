package amend

import (
	"context"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/pkg/provider"
)

// answer returns the provider's answer about the user of a valid row; ok is false if the row was not looked up. If
// the user is not certainly that of the row, the answer has a problem.
func (c *Comparison) answer(ctx context.Context, row intake.Row) (answer ledger.Answer, ok bool, err error) {
	answers, err := c.Plan.Kept(ctx, row.Number)
	switch {
	case err != nil || len(answers) == 0 && !c.listed:
		return ledger.Answer{}, false, err
	case len(answers) == 0:
		return ledger.Answer{NotFound: true}, true, nil
	}
	if users := slices.DeleteFunc(slices.Clone(answers), func(a ledger.Answer) bool { return a.UserID == "" }); len(users) > 0 {
		answers = users
	} else {
		return answers[0], true, nil // not found, absent, or a problem
	}
	return c.choose(row, answers), true, nil
}

// choose returns the answer about the user of a row.
func (c *Comparison) choose(row intake.Row, answers []ledger.Answer) ledger.Answer {
	key := row.Record.Text(c.Adapter.Key)
	byID, members := make(map[string]ledger.Answer), make([]evidence.Member, len(answers))
	for i, a := range answers {
		byID[a.UserID], members[i] = a, evidence.MemberOf(key, a.Key, a.UserID)
	}
	wanted := evidence.WantedOf(c.Adapter)
	member, identity := wanted.Select(members...)
	if identity == evidence.NotCertain {
		member, identity = wanted.WithLedgerID(answers[0].LedgerID).Select(members...)
	}
	switch identity {
	case evidence.TheUser:
		return c.agreed(byID[member.ID])
	case evidence.Several:
		return ledger.Answer{Problem: provider.Quotef("several users have this key (id %s and others)", answers[0].UserID)}
	case evidence.NotCertain:
		return ledger.Answer{Problem: provider.Quotef("the provider has a user with the key %s (id %s), who may be another user", byID[member.ID].Key, member.ID)}
	default:
		return ledger.Answer{Problem: provider.Quotef("the response describes another user (id %s)", answers[0].UserID)}
	}
}

// agreed returns the answer about a user, unless the ledger has another account for the same key.
func (c *Comparison) agreed(answer ledger.Answer) ledger.Answer {
	if c.ReadOnly || answer.LedgerID == "" || strings.EqualFold(answer.LedgerID, answer.UserID) {
		return answer
	}
	return ledger.Answer{Conflict: true, Problem: provider.Quotef("the ledger has id %s for this key, but the provider has id %s; to remove the user from the ledger, run usher runs forget", answer.LedgerID, answer.UserID)}
}
