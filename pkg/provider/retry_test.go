package provider_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

func TestIsWorthReading(t *testing.T) {
	unknown := func(status int, cause error) error {
		return &provider.Error{Class: provider.Unknown, Status: status, Err: cause}
	}
	for _, test := range []struct {
		err  error
		want bool
	}{
		{&provider.Error{Class: provider.Busy, Status: 429}, true},
		{&provider.Error{Class: provider.Unsent}, true},
		{unknown(0, io.EOF), true},
		{unknown(408, nil), true},
		{unknown(425, nil), true},
		{unknown(500, nil), true},
		{unknown(503, nil), true},
		{unknown(599, nil), true},
		{unknown(501, nil), false},
		{unknown(505, nil), false},
		{unknown(302, nil), false},
		{unknown(600, nil), false},
		{unknown(302, io.ErrUnexpectedEOF), false},
		{provider.BadResponse("list", 200, io.ErrUnexpectedEOF), true},
		{provider.BadResponse("list", 200, fmt.Errorf("body: %w", io.ErrUnexpectedEOF)), true},
		{provider.BadResponse("list", 206, io.EOF), true},
		{provider.BadResponse("list", 200, new(json.SyntaxError)), false},
		{&provider.Error{Class: provider.Denied, Status: 401}, false},
		{&provider.Error{Class: provider.Invalid, Status: 400}, false},
		{&provider.Error{Class: provider.NotFound, Status: 404}, false},
		{&provider.Error{Class: provider.Conflict, Status: 409}, false},
		{errors.New("anything"), false},
		{nil, false},
	} {
		if got := provider.IsWorthReading(test.err); got != test.want {
			t.Errorf("%v: got %t", test.err, got)
		}
	}
}
