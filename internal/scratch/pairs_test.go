package scratch

import (
	"slices"
	"testing"
)

func TestPairs(t *testing.T) {
	t.Parallel()
	pairs, err := open(t).NewPairs(t.Context(), "members")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := pairs.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, pair := range [][2]string{{"ada", "staff"}, {"ada", "math"}, {"ada", "staff"}, {"grace", "navy"}} {
		if err := pairs.Put(t.Context(), pair[0], pair[1]); err != nil {
			t.Error(err)
		}
	}
	if got, err := pairs.Of(t.Context(), "ada"); !slices.Equal(got, []string{"math", "staff"}) || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	for pair, want := range map[[2]string]bool{{"ada", "math"}: true, {"grace", "math"}: false, {"nobody", ""}: false} {
		if got, err := pairs.Has(t.Context(), pair[0], pair[1]); got != want || err != nil {
			t.Errorf("%v: got %v, %v", pair, got, err)
		}
	}
	if err := pairs.Clear(t.Context()); err != nil {
		t.Error(err)
	}
	if got, err := pairs.Of(t.Context(), "ada"); len(got) > 0 || err != nil {
		t.Errorf("got %q, %v after Clear", got, err)
	}
}
