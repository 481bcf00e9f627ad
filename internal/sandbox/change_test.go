package sandbox

import (
	"strings"
	"testing"
)

// A fault strikes a change as it strikes a create, and counts as none.
func TestFaultsStrikeChanges(t *testing.T) {
	for fault, changes := range map[Fault]bool{FaultLostReply: true, Fault500: false, Fault500After: true, Fault429: false} {
		store := memoryStore(t)
		calm := benchOn(t, store, Options{})
		id := calm.send(calm.suluCreate(`{"email":"ada@example.com","oryId":"1","organization":"2"}`)).object(201)["id"].(string)
		struck := benchOn(t, store, Options{Faults: Faults{fault: 1}})
		patch := struck.suluCreate("").patching(`{"firstName":"Ada"}`)
		patch.url += "/" + id
		if _, err := struck.exchange(patch); err != nil {
			t.Errorf("%s: %v", fault, err)
		}
		changed := false
		for user, err := range store.Users(t.Context(), suluProvider) {
			changed = err == nil && strings.Contains(string(user.Document), `"firstName":"Ada"`)
		}
		if changed != changes {
			t.Errorf("%s: changed %v, want %v", fault, changed, changes)
		}
		if stats := struck.server.Stats(suluProvider); stats.Received != 0 || stats.Faults[fault] != 1 {
			t.Errorf("%s: stats %+v", fault, stats)
		}
	}
}
