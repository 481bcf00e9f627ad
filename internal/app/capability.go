package app

import (
	"fmt"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/pkg/provider"
)

// NotDocumented is the failure for a capability that a provider does not document.
func NotDocumented(adapter provider.Adapter, what string) error {
	return failure.Refuse(fmt.Errorf("%s documents no way to %s: see %s", adapter.Vendor, what, adapter.Docs),
		"usher providers show "+adapter.Name)
}

// Documented refuses a capability that the provider does not document. What says
// what the capability is for: "change a user".
func Documented(adapter provider.Adapter, capability provider.Capability, what string) error {
	if _, ok := adapter.Endpoint(capability); !ok {
		return NotDocumented(adapter, what)
	}
	return nil
}
