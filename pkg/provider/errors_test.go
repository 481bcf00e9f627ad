package provider_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

func TestClassOfStatus(t *testing.T) {
	tests := map[provider.Class][]int{
		provider.Invalid:  {400, 402, 405, 406, 410, 412, 413, 415, 418, 422, 431, 451, 499},
		provider.Denied:   {401, 403},
		provider.NotFound: {404},
		provider.Conflict: {409},
		provider.Busy:     {429},
		provider.Unknown:  {0, 100, 101, 300, 301, 302, 303, 304, 307, 308, 408, 425, 500, 501, 502, 503, 504, 599, 600, 999, -1},
	}
	for want, statuses := range tests {
		for _, status := range statuses {
			if got := provider.ClassOfStatus(status, false); got != want {
				t.Errorf("%d: class %s, want %s", status, got, want)
			}
			asked := want
			if status == 403 {
				asked = provider.Busy
			}
			if got := provider.ClassOfStatus(status, true); got != asked {
				t.Errorf("%d with Retry-After: class %s, want %s", status, got, asked)
			}
		}
	}
}

func TestClassOf(t *testing.T) {
	failure := &provider.Error{Class: provider.Busy, Op: "create the user"}
	for _, test := range []struct {
		err  error
		want provider.Class
	}{
		{failure, provider.Busy},
		{fmt.Errorf("row 7: %w", failure), provider.Busy},
		{errors.Join(errors.New("first"), failure), provider.Busy},
		{errors.New("anything"), provider.Unknown},
		{nil, provider.Unknown},
	} {
		if got := provider.ClassOf(test.err); got != test.want {
			t.Errorf("%v: class %s, want %s", test.err, got, test.want)
		}
	}
}

// What nobody has set is never taken for a refusal.
func TestTheZeroClassIsUnknown(t *testing.T) {
	if (&provider.Error{}).Class != provider.Unknown {
		t.Error("an error without a class is not Unknown")
	}
}

func TestClassNames(t *testing.T) {
	for class, want := range map[provider.Class]string{
		provider.Unknown: "unknown", provider.Invalid: "invalid", provider.Denied: "denied", provider.NotFound: "not found",
		provider.Conflict: "conflict", provider.Busy: "busy", provider.Unsent: "unsent", 99: "unknown",
	} {
		if got := class.String(); got != want {
			t.Errorf("class %d is called %q, want %q", class, got, want)
		}
	}
}

func TestErrorText(t *testing.T) {
	for _, test := range []struct {
		err  *provider.Error
		want string
	}{
		{&provider.Error{Op: "create the user"}, "could not create the user"},
		{&provider.Error{Op: "create the user", Status: 409}, "could not create the user: the provider returned 409 Conflict"},
		{&provider.Error{Op: "create the user", Status: 520}, "could not create the user: the provider returned 520"},
		{&provider.Error{Op: "check", Status: 400, Detail: "bad\x1b[31m\nname"}, `could not check: the provider returned 400 Bad Request ("bad\x1b[31m\nname")`},
		{&provider.Error{Op: "check", Err: context.Canceled}, "could not check: context canceled"},
		{&provider.Error{Class: provider.Invalid, Err: errors.New("email malformed")}, "email malformed"},
		{provider.BadResponse("check", 200, errors.New("no id")), "could not check: the provider returned 200 OK: unexpected response: no id"},
	} {
		if got := test.err.Error(); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
	cause := errors.New("cause")
	garbled := provider.BadResponse("check", 201, cause)
	if !errors.Is(garbled, cause) || garbled.Class != provider.Unknown || garbled.Status != 201 {
		t.Errorf("Garbled loses its cause, class or status: %#v", garbled)
	}
}
