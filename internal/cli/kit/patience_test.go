package kit

import (
	"context"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
)

// What may have done something is never made again; a read may be.
func TestPatience(t *testing.T) {
	for _, test := range []struct {
		name          string
		err           *provider.Error
		tries, asRead int
	}{
		{"busy", &provider.Error{Class: provider.Busy, Status: 429}, mostBusy + 1, mostBusy + 1},
		{"unsent", &provider.Error{Class: provider.Unsent}, mostUnsent + 1, mostUnsent + 1},
		{"the answer was lost", &provider.Error{Class: provider.Unknown}, 1, mostUnsent + 1},
		{"the answer makes no sense", &provider.Error{Class: provider.Unknown, Status: 200}, 1, 1},
		{"an error of the server", &provider.Error{Class: provider.Unknown, Status: 500}, 1, 1},
		{"refused", &provider.Error{Class: provider.Invalid, Status: 400}, 1, 1},
		{"denied", &provider.Error{Class: provider.Denied, Status: 401}, 1, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			streams, _, _, _ := term.Test()
			a := &app.App{Streams: streams, Sleep: func(context.Context, time.Duration) error { return nil }}
			for _, way := range []struct {
				patiently func(context.Context, *app.App, func() (int, error)) (int, error)
				want      int
			}{{Patiently[int], test.tries}, {PatientlyRead[int], test.asRead}} {
				made := 0
				_, err := way.patiently(t.Context(), a, func() (int, error) {
					made++
					return 0, test.err
				})
				if made != way.want || provider.ClassOf(err) != test.err.Class {
					t.Errorf("made %d times, want %d; %v", made, way.want, err)
				}
			}
		})
	}
}
