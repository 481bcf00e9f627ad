package engine

import (
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

func TestRescued(t *testing.T) {
	_, err := recovered("create the user", func() (string, error) { panic("canary") })
	if provider.ClassOf(err) != provider.Unknown || strings.Contains(err.Error(), "canary") {
		t.Errorf("a panic is %v, of class %s", err, provider.ClassOf(err))
	}
	if answer, err := recovered("ask", func() (int, error) { return 7, nil }); answer != 7 || err != nil {
		t.Errorf("got %d, %v", answer, err)
	}
}
