package providers_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

// The trace of a request shows the response, and nothing of a key in it.
func TestTracesHoldNoNewKey(t *testing.T) {
	profile := profileOf(t, "sulu")
	var mu sync.Mutex
	var lines []string
	client := profile.traced(t, serve(t).BaseURL("sulu"), func(line string) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, line)
	})
	user, err := client.Create(t.Context(), sample(t, "sulu"))
	if err != nil {
		t.Fatal(err)
	}
	manager := client.(provider.APIKeyManager)
	key, err := manager.CreateAPIKey(t.Context(), user.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	if keys, err := manager.APIKeys(t.Context(), user.ID); err != nil || len(keys) != 1 || keys[0].Key != key.Key {
		t.Fatalf("listed %v, %v", keys, err)
	}
	trace := strings.Join(lines, "\n")
	if strings.Count(trace, "apikeys") < 4 || !strings.Contains(trace, "principals") {
		t.Fatalf("the trace does not show the requests and their answers:\n%s", trace)
	}
	if strings.Contains(trace, key.Key) {
		t.Errorf("the trace tells the key:\n%s", trace)
	}
}
