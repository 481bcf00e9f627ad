package scratch

import (
	"slices"
	"testing"
)

func TestSorted(t *testing.T) {
	t.Parallel()
	sorted, err := open(t).NewSorted(t.Context(), "users")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := sorted.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, each := range []struct {
		key   any
		value string
	}{{"b", "b1"}, {int64(10), "ten"}, {"", "none1"}, {"a", "a"}, {int64(9), "nine"}, {"b", "b2"}, {"", "none2"}} {
		if err := sorted.Add(t.Context(), each.key, []byte(each.value)); err != nil {
			t.Fatal(err)
		}
	}
	for descending, want := range map[bool][]string{
		false: {"nine", "ten", "a", "b1", "b2", "none1", "none2"},
		true:  {"b2", "b1", "a", "ten", "nine", "none1", "none2"},
	} {
		var got []string
		for value, err := range sorted.All(t.Context(), descending) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(value))
		}
		if !slices.Equal(got, want) {
			t.Errorf("descending %v: got %q, want %q", descending, got, want)
		}
	}
	for value, err := range sorted.All(t.Context(), false) { // ended early, the connection is free again
		if string(value) != "nine" || err != nil {
			t.Errorf("got %q, %v", value, err)
		}
		break
	}
	if err := sorted.Add(t.Context(), "c", []byte("c")); err != nil || sorted.Len() != 8 {
		t.Errorf("got %v, %d", err, sorted.Len())
	}
}
