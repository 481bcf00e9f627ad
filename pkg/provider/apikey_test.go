package provider_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

func TestReadAPIKeyMovesTheSecretOut(t *testing.T) {
	const canary = "sk_live_canary"
	tests := []struct{ object, key, attributes string }{
		{`{"key":"` + canary + `","n":12345678901234567890,"note":"<é&>"}`, canary, `{"n":12345678901234567890,"note":"<é&>"}`},
		{`{"key":"` + canary + `"}`, canary, `{}`},
		{`{"label":"x"}`, "", `{"label":"x"}`},
		{`{"key":null,"label":"x"}`, "", `{"label":"x"}`},
		{`{"key":{"value":"` + canary + `"}}`, "", `{}`},
	}
	for _, test := range tests {
		key, err := provider.ReadAPIKey(json.RawMessage(test.object), "key")
		if err != nil || key.Key != test.key || string(key.Attributes) != test.attributes {
			t.Errorf("%s: got %q, %s, %v", test.object, key.Key, key.Attributes, err)
		}
	}
	for _, object := range []string{"", "null", "[]", `"` + canary + `"`, `{"key":"` + canary + `"`, `{"key":"` + canary + `"} {}`, canary} {
		key, err := provider.ReadAPIKey(json.RawMessage(object), "key")
		if err == nil || key.Key != "" || key.Attributes != nil {
			t.Errorf("%s: got %+v, %v", object, key, err)
		}
		if err != nil && strings.Contains(err.Error(), canary) {
			t.Errorf("the error tells the key: %v", err)
		}
	}
}
