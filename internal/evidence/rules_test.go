package evidence

import (
	"errors"
	"testing"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

func TestReplyOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		want Reply
	}{
		{nil, Affirmed},
		{&provider.Error{Class: provider.Invalid}, Refused},
		{&provider.Error{Class: provider.Denied}, Refused},
		{&provider.Error{Class: provider.NotFound}, Refused},
		{&provider.Error{Class: provider.Conflict}, Taken},
		{&provider.Error{Class: provider.Busy}, NotProcessed},
		{&provider.Error{Class: provider.Unsent}, NotSent},
		{&provider.Error{}, Lost},
		{errors.New("of no class"), Lost},
		{&provider.Error{Answered: true}, Answered},
		{&provider.Error{Class: provider.Invalid, Answered: true}, Refused},
	} {
		if got := ReplyOf(test.err); got != test.want {
			t.Errorf("%v: got %d, want %d", test.err, got, test.want)
		}
	}
}

// What was answered once stays so, whatever comes later.
func TestDoubtAfter(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		doubt Doubt
		reply Reply
		want  Doubt
	}{
		{NoDoubt, Lost, LostDoubt}, {NoDoubt, Answered, AnsweredDoubt}, {NoDoubt, NotSent, NoDoubt},
		{LostDoubt, Answered, AnsweredDoubt}, {AnsweredDoubt, Lost, AnsweredDoubt}, {LostDoubt, NotProcessed, LostDoubt},
		{ForeignDoubt, Lost, ForeignDoubt}, {ForeignDoubt, Answered, AnsweredDoubt}, {ForeignDoubt, NotSent, ForeignDoubt},
	} {
		if got := test.doubt.After(test.reply); got != test.want {
			t.Errorf("%q after %d: got %q, want %q", test.doubt, test.reply, got, test.want)
		}
	}
}

func TestAfterConflict(t *testing.T) {
	t.Parallel()
	nobody := &provider.Error{Class: provider.NotFound, Absence: provider.AbsenceDocumented}
	for _, test := range []struct {
		doubt   Doubt
		looked  bool
		lookup  error
		onlyKey bool
		want    Conflict
	}{
		{NoDoubt, true, nil, false, IsUser}, {LostDoubt, true, nil, false, IsUser},
		{NoDoubt, true, nobody, true, IsOther}, {LostDoubt, true, nobody, true, IsUnknown},
		{NoDoubt, true, &provider.Error{}, true, IsOther},
		{NoDoubt, false, nil, true, IsUser}, {LostDoubt, false, nil, true, IsUser},
		{NoDoubt, false, nil, false, IsUnknown}, {LostDoubt, false, nil, false, IsUnknown},
	} {
		if got := AfterConflict(test.doubt, test.looked, test.lookup, test.onlyKey); got != test.want {
			t.Errorf("%+v: got %d", test, got)
		}
	}
}

// A route proves absence of a key only if it has found every special thing that
// the key has, and never once a key came back in another form.
func TestRouteCanProve(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		route    Route
		key      string
		unlisted bool
		want     bool
	}{
		{"nothing was found", Route{}, "ada@example.com", false, false},
		{"nothing was found, and a list lacks it", Route{}, "ada@example.com", true, true},
		{"a plain key", Route{}.Found("bob.o-m_x@example.com"), "ada@example.com", false, true},
		{"a capital", Route{}.Found("bob@example.com"), "Ada@example.com", false, false},
		{"another capital", Route{}.Found("Bob@example.com"), "Ada@example.com", false, true},
		{"another special character", Route{}.Found("a+b@example.com"), "o'hara@example.com", false, false},
		{"both characters, in two keys", Route{}.Found("a+b@example.com").Found("o'hara@example.com"), "o'h+@example.com", false, true},
		{"letters beyond ASCII", Route{}.Found("zoë@example.com"), "münch@example.com", false, true},
		{"a capital beyond ASCII", Route{}.Found("zoë@example.com"), "Ünal@example.com", false, false},
		{"the same form", Route{}.Found("a@example.com").Stored("A@example.com", "a@example.com"), "ada@example.com", false, true},
		{"no form in the response", Route{}.Found("a@example.com").Stored("A@example.com", ""), "ada@example.com", false, true},
		{"another form", Route{}.Found("a@example.com").Stored("+49 1", "+491"), "ada@example.com", true, false},
	} {
		if got := test.route.CanProve(test.key, test.unlisted); got != test.want {
			t.Errorf("%s: got %t", test.name, got)
		}
	}
}

func TestSkeleton(t *testing.T) {
	t.Parallel()
	for _, same := range [][2]string{{"+49 176 13", "4917613"}, {"Ada+1@example.com", "ada 1@example.com"}, {`CORP\ada`, "corp/ada"}, {"ZOË", "zoë"}} {
		if Skeleton(same[0]) != Skeleton(same[1]) {
			t.Errorf("%q and %q differ", same[0], same[1])
		}
	}
	if Skeleton("ada@example.com") == Skeleton("adb@example.com") {
		t.Error("two users are one")
	}
}

func TestOwnerOf(t *testing.T) {
	t.Parallel()
	sent := time.Date(2026, 11, 29, 12, 0, 0, 500, time.UTC)
	for _, test := range []struct {
		proved        bool
		sent, created time.Time
		want          Owner
	}{
		{false, sent, sent.Add(time.Second), Theirs},
		{true, sent, time.Time{}, Ours},
		{true, sent, sent.Truncate(time.Second), Ours},
		{true, sent, sent.Add(-time.Minute), Theirs},
		{true, time.Time{}, sent, Ours},
	} {
		if got := OwnerOf(test.proved, test.sent, test.created); got != test.want {
			t.Errorf("%+v: got %d", test, got)
		}
	}
}

// Every field of a case decides.
func TestNext(t *testing.T) {
	t.Parallel()
	ready := Case{
		Doubt: LostDoubt, Sends: 1, Since: time.Minute, SettleAfter: time.Minute - time.Second, Lookup: true, Asked: 0, Control: Visible,
	}
	with := func(change func(*Case)) Case {
		c := ready
		change(&c)
		return c
	}
	noLookup := func(c *Case) { c.Lookup, c.Asked, c.Control = false, -1, NoControl }
	for name, test := range map[string]struct {
		c    Case
		want Step
	}{
		"ready":                      {ready, Resend},
		"no control":                 {with(func(c *Case) { c.Control = NoControl }), Resend},
		"invisible control":          {with(func(c *Case) { c.Control = Invisible }), Leave},
		"invisible, but the word":    {with(func(c *Case) { c.Control, c.Word = Invisible, true }), Resend},
		"answered":                   {with(func(c *Case) { c.Doubt = AnsweredDoubt }), Leave},
		"foreign":                    {with(func(c *Case) { c.Doubt = ForeignDoubt }), Leave},
		"foreign, documented unique": {with(func(c *Case) { c.Doubt, c.Unique = ForeignDoubt, provider.UniqueDocumented }), Resend},
		"foreign, enforced":          {with(func(c *Case) { c.Doubt, c.Unique, c.Lookup = ForeignDoubt, provider.UniqueEnforced, false }), Resend},
		"foreign, not looked up":     {with(func(c *Case) { c.Doubt, c.Unique, c.Lookup = ForeignDoubt, provider.UniqueDocumented, false }), Leave},
		"no doubt":                   {with(func(c *Case) { c.Doubt = NoDoubt }), Leave},
		"sent often enough":          {with(func(c *Case) { c.Sends = MostSends }), Leave},
		"never":                      {with(func(c *Case) { c.SettleAfter = Never }), Leave},
		"too early":                  {with(func(c *Case) { c.Since = 58 * time.Second }), Wait},
		"not looked up":              {with(func(c *Case) { c.Asked = -1 }), Look},
		"looked up before the time":  {with(func(c *Case) { c.Asked = 2 * time.Second }), Look},
		"looked up too long ago":     {with(func(c *Case) { c.Since, c.Asked = time.Hour, LookAge+1 }), Look},
		"no lookup":                  {with(noLookup), Leave},
		"no lookup, documented":      {with(func(c *Case) { noLookup(c); c.Unique = provider.UniqueDocumented }), Leave},
		"no lookup, enforced":        {with(func(c *Case) { noLookup(c); c.Unique = provider.UniqueEnforced }), Resend},
		"no lookup, enforced, early": {with(func(c *Case) { noLookup(c); c.Unique, c.Since = provider.UniqueEnforced, 0 }), Wait},
		"no lookup, the word":        {with(func(c *Case) { noLookup(c); c.Word = true }), Resend},
		"the word, too early":        {with(func(c *Case) { noLookup(c); c.Word, c.Since = true, 0 }), Wait},
		"the word, not looked up":    {with(func(c *Case) { c.Word, c.Asked = true, -1 }), Look},
	} {
		if got := test.c.Next(); got != test.want {
			t.Errorf("%s: got %d, want %d", name, got, test.want)
		}
	}
}
