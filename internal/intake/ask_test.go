package intake

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

const three = header + "ada@example.com,Ada\ngrace@example.com,Grace\nedsger@example.com,Edsger\n"

func TestWayIsTheCheapest(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		client provider.Client
		rows   int
		want   Asked
	}{
		{"no way", &maker{}, 10, NotAsked},
		{"look-ups only", &finder{}, 10, ByLookUp},
		{"a list in fewer requests", &lister{requests: 9}, 10, ByList},
		{"a list in as many requests", &lister{requests: 10}, 10, ByList},
		{"a list in more requests", &lister{requests: 11}, 10, ByLookUp},
	} {
		got, err := Way(t.Context(), test.client, test.rows)
		if err != nil || got != test.want {
			t.Errorf("%s: got %q, %v; want %q", test.name, got, err, test.want)
		}
	}
}

func TestAskByLookUp(t *testing.T) {
	t.Parallel()
	s := newStage(t, acme(provider.CapabilityFind), three+"nobody,Faulty\n")
	s.SkipInvalid = true
	s.read()
	client := &finder{users: []string{"Grace@Example.com"}}
	asked := 0
	check(t, s.AskProvider(t.Context(), client, ByLookUp, quick(), func() { asked++ }))
	if want := (PlanCounts{Rows: 4, Create: 2, Existing: 1, Faulty: 1}); s.resolve() != want {
		t.Errorf("got %+v, want %+v", s.counts, want)
	}
	slices.Sort(client.asked)
	if want := []string{"ada@example.com", "edsger@example.com", "grace@example.com"}; !slices.Equal(client.asked, want) || asked != 3 {
		t.Errorf("asked for %q (%d), want %q", client.asked, asked, want)
	}
}

func TestAskEndsWithTheFirstFailure(t *testing.T) {
	t.Parallel()
	failure := &provider.Error{Class: provider.Denied, Op: "list the users", Status: 401}
	s := newStage(t, acme(), three)
	s.read()
	err := s.AskProvider(t.Context(), &lister{finder: finder{users: []string{"ada@example.com"}}, failure: failure}, ByList, quick(), func() {})
	if !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
}

func TestAskNobody(t *testing.T) {
	t.Parallel()
	s := newStage(t, acme(), three)
	s.read()
	check(t, s.AskProvider(t.Context(), &maker{}, NotAsked, quick(), func() {}))
	if want := (PlanCounts{Rows: 3, Create: 3}); s.resolve() != want {
		t.Errorf("got %+v", s.counts)
	}
}

func TestAskStopsWhenInterrupted(t *testing.T) {
	t.Parallel()
	s := newStage(t, acme(provider.CapabilityFind), three)
	s.read()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.AskProvider(ctx, &finder{}, ByLookUp, quick(), func() {}); err == nil {
		t.Error("nothing came of the interrupt")
	}
}
