package reliability

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/bring-aboard/usher/internal/sandbox"
)

// exampleGroups returns the ids of three groups that every sandbox has: Engineering, Sales and Support.
func exampleGroups() []string {
	return []string{"45c48cce-2e2d-4fbd-aa1a-fc51c7c6ad01", "45c48cce-2e2d-4fbd-aa1a-fc51c7c6ad02", "45c48cce-2e2d-4fbd-aa1a-fc51c7c6ad03"}
}

// members returns how often the provider has each user in a group.
func (s *stage) members(group string) map[string]int {
	s.t.Helper()
	sample, err := samples.of(s.t, s.dialect)
	check(s.t, err)
	request := httptest.NewRequestWithContext(s.t.Context(), http.MethodGet, strings.Replace(sample.path, "/Users", "/Groups/"+group, 1), nil)
	request.Header = sample.header
	answer := httptest.NewRecorder()
	faultless, err := sandbox.New(s.store, sandbox.Options{})
	check(s.t, err)
	faultless.ServeHTTP(answer, request)
	var read struct{ Members []struct{ Value string } }
	check(s.t, json.Unmarshal(answer.Body.Bytes(), &read))
	times := map[string]int{}
	for _, member := range read.Members {
		times[member.Value]++
	}
	return times
}
