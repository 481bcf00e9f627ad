package intake

import (
	"errors"
	"iter"
	"testing"

	"go.uber.org/goleak"
)

// upTo yields the numbers up to n, and then an error where there is one.
func upTo(n int, last error) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := range n {
			if !yield(i, nil) {
				return
			}
		}
		if last != nil {
			yield(0, last)
		}
	}
}

func TestAsideYieldsTheSameInTheSameOrder(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	broken := errors.New("broken")
	for _, n := range []int{0, 1, asideBatch - 1, asideBatch, asideBatch + 1, 10 * asideBatch} {
		for _, last := range []error{nil, broken} {
			next, ended := 0, error(nil)
			for item, err := range aside(upTo(n, last)) {
				if err != nil {
					ended = err
					continue
				}
				if item != next {
					t.Fatalf("%d items: got %d, want %d", n, item, next)
				}
				next++
			}
			if next != n || !errors.Is(ended, last) {
				t.Errorf("got %d items and then %v, want %d and %v", next, ended, n, last)
			}
		}
	}
}

func TestAsideHandsAPanicOn(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	defer func() {
		if cause := recover(); cause != "broken" {
			t.Errorf("got %v", cause)
		}
	}()
	for range aside(func(yield func(int, error) bool) { panic("broken") }) {
		t.Error("something was yielded")
	}
}

func TestAsideEndsWithItsReader(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	for _, taken := range []int{1, asideBatch, 3*asideBatch + 1} {
		n := 0
		for range aside(upTo(100*asideBatch, nil)) {
			if n++; n == taken {
				break
			}
		}
	}
}
