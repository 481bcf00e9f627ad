package provider_test

import (
	"encoding/json"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

func TestTraces(t *testing.T) {
	traces := provider.Lifecycle{Created: []string{"meta", "created"}, Modified: []string{"meta", "lastModified"}, State: []string{"active"}, Inactive: false}
	for object, want := range map[string][3]bool{ // changed, known, deactivated
		`{"meta":{"created":"2026-03-28T00:28:11.172Z","lastModified":"2026-03-28T00:28:11.172Z"},"active":true}`:  {false, true, false},
		`{"meta":{"created":"2026-03-28T00:28:11.172Z","lastModified":"2026-03-28T00:28:11.173Z"},"active":false}`: {true, true, true},
		`{"meta":{"created":"2026-03-28T00:28:11Z","lastModified":"2026-03-28T01:28:11+01:00"}}`:                   {false, true, false},
		`{"meta":{"created":"2026-03-28T00:28:11Z"}}`:                                                              {},
		`{"meta":{"created":"yesterday","lastModified":"today"}}`:                                                  {},
		`{"meta":"2026"}`:    {},
		`{"active":"false"}`: {false, false, true},
		`{}`:                 {}, `[]`: {}, ``: {},
	} {
		user := provider.User{ID: "1", Attributes: json.RawMessage(object)}
		changed, known := traces.Changed(user)
		if known && (changed != want[0]) || known != want[1] || traces.Deactivated(user) != want[2] {
			t.Errorf("%s: changed %v, known %v, deactivated %v; want %v", object, changed, known, traces.Deactivated(user), want)
		}
	}
	none := provider.User{ID: "1", Attributes: json.RawMessage(`{"":"","active":null}`)}
	if _, known := (provider.Lifecycle{}).Changed(none); known || (provider.Lifecycle{}).Deactivated(none) {
		t.Error("the zero Traces tell something")
	}
}

func TestStateOf(t *testing.T) {
	for _, test := range []struct {
		inactive   any
		attributes string
		want       string
	}{
		{false, `{"s":true}`, "active"},
		{false, `{"s":false}`, "deactivated"},
		{"true", `{"s":true}`, "deactivated"},
		{"DEPROVISIONED", `{"s":"SUSPENDED"}`, "SUSPENDED"},
		{"3", `{"s":3}`, "deactivated"},
		{"3", `{"s":1}`, "active"},
		{"true", `{}`, ""},
		{"true", `{"s":null}`, ""},
		{nil, `{"s":true}`, ""},
		{false, `[]`, ""},
	} {
		lifecycle := provider.Lifecycle{State: []string{"s"}, Inactive: test.inactive}
		if got := lifecycle.StateOf(provider.User{Attributes: []byte(test.attributes)}); got != test.want {
			t.Errorf("%v in %s: got %q, want %q", test.inactive, test.attributes, got, test.want)
		}
	}
}
