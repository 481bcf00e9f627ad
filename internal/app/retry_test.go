package app

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Only a read is retried.
func TestPatience(t *testing.T) {
	for _, test := range []struct {
		name  string
		err   *provider.Error
		tries int
	}{
		{"busy", &provider.Error{Class: provider.Busy, Status: 429}, 20},
		{"unsent", &provider.Error{Class: provider.Unsent}, engine.DefaultSends},
		{"the answer was lost", &provider.Error{Class: provider.Unknown}, engine.DefaultSends},
		{"the answer makes no sense", &provider.Error{Class: provider.Unknown, Status: 200}, 1},
		{"the response was cut off", provider.BadResponse("read", 200, io.ErrUnexpectedEOF), engine.DefaultSends},
		{"an error of the server", &provider.Error{Class: provider.Unknown, Status: 500}, engine.DefaultSends},
		{"unavailable for a while", &provider.Error{Class: provider.Unknown, Status: 503, RetryAfter: time.Minute}, engine.DefaultSends},
		{"unavailable for long", &provider.Error{Class: provider.Unknown, Status: 503, RetryAfter: time.Minute + 1}, 1},
		{"busy for a while", &provider.Error{Class: provider.Busy, Status: 429, RetryAfter: time.Minute}, 20},
		{"busy for long", &provider.Error{Class: provider.Busy, Status: 429, RetryAfter: time.Minute + 1}, 1},
		{"refused", &provider.Error{Class: provider.Invalid, Status: 400}, 1},
		{"denied", &provider.Error{Class: provider.Denied, Status: 401}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			streams, _, _, _ := term.Test()
			a := &App{Streams: streams, Sleep: func(context.Context, time.Duration) error { return nil }}
			made := 0
			_, err := Retry(t.Context(), a, time.Minute, func() (int, error) {
				made++
				return 0, test.err
			})
			if long := test.err.RetryAfter > time.Minute; errors.Is(err, engine.ErrWait) != long {
				t.Errorf("got %v", err)
			}
			if made != test.tries || provider.ClassOf(err) != test.err.Class {
				t.Errorf("made %d times, want %d; %v", made, test.tries, err)
			}
		})
	}
}
