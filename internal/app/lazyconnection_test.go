package app

import (
	"errors"
	"testing"
)

func TestLinkIsOpenedOnceAndClosedOnce(t *testing.T) {
	opened, closed := 0, 0
	failure := errors.New("down")
	link := NewLazyConnection(func() (*Connection, error) {
		opened++
		return &Connection{Close: func() { closed++ }}, failure
	})
	link.Close() // there is nothing to close
	if _, err := link.Get(); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
	failure = nil
	first, err := link.Get()
	second, again := link.Get()
	if err != nil || again != nil || first != second || opened != 2 {
		t.Errorf("got %p and %p (%v, %v), opened %d times", first, second, err, again, opened)
	}
	link.Close()
	link.Close()
	if closed != 1 {
		t.Errorf("closed %d times", closed)
	}
}
