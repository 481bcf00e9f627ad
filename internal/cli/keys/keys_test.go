package keys

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/pkg/schema"
)

func TestShortenedKeysCannotBeUsed(t *testing.T) {
	for key, want := range map[string]string{
		"": "…", "sk_live_0123456789": "…", "sk_live_0123456789abcde": "…", "sk_live_0123456789abcdef": "sk_live_…cdef",
		strings.Repeat("é", 24): "éééééééé…éééé",
	} {
		if got := shortened(key); got != want {
			t.Errorf("%q: got %q, want %q", key, got, want)
		}
	}
}

func TestKeysAreTakenOutOfAttributes(t *testing.T) {
	const key = `sk_live_"01234567890<abcdef>`
	text, err := json.Marshal(map[string]any{"note": "it is " + key, "list": []string{key}})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(without(text, key), &got); err != nil || got["note"] != "it is sk_live_…def>" {
		t.Errorf("got %v, %v", got, err)
	}
	if got := string(without(text, "")); got != string(text) {
		t.Errorf("got %s", got)
	}
}

func TestCells(t *testing.T) {
	got := cells(json.RawMessage(`{"createdAt":"2023","principals":[{"organizationId":"o","id":"u"},{"id":7}],"other":1}`))
	if strings.Join(got, "|") != "2023||u:o;7" {
		t.Errorf("got %q", got)
	}
	if got := cells(json.RawMessage(`[]`)); strings.Join(got, "|") != "||" {
		t.Errorf("got %q", got)
	}
}

func TestReadMoment(t *testing.T) {
	now := time.Date(2026, 11, 21, 10, 0, 0, 5, time.FixedZone("", 3600))
	field := schema.Field{Name: "expiresAt"}
	for text, want := range map[string]string{
		"2030-01-31T00:00:00Z": "2030-01-31T00:00:00Z", "2030-01-31T00:00:00+02:00": "2030-01-31T00:00:00+02:00",
		"2030-01-31": "2030-01-31T00:00:00Z", "720h": "2026-12-21T09:00:00Z", "30d": "2026-12-21T09:00:00Z", "90m": "2026-11-21T10:30:00Z",
	} {
		if got, fieldErr := readMoment(field, text, now); fieldErr != nil || got != want {
			t.Errorf("%s: got %s, %v", text, got, fieldErr)
		}
	}
	for text, want := range map[string]string{
		"": "is not a valid time", "30x": "is not a valid time", "2030-02-30": "is not a valid time", "tomorrow": "is not a valid time",
		"2026-11-21": "is not in the future", "2020-01-01T00:00:00Z": "is not in the future", "-1h": "is not a valid time", "0s": "is not in the future",
	} {
		if _, fieldErr := readMoment(field, text, now); fieldErr == nil || fieldErr.Message != "--expires-at "+text+" "+want {
			t.Errorf("%q: got %v", text, fieldErr)
		}
	}
}
