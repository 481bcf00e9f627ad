// Package providers lists the adapters, in the order of the reference pages.
package providers

import (
	"github.com/bring-aboard/usher/internal/providers/ejento"
	"github.com/bring-aboard/usher/internal/providers/evolution"
	"github.com/bring-aboard/usher/internal/providers/ory"
	"github.com/bring-aboard/usher/internal/providers/scim"
	"github.com/bring-aboard/usher/internal/providers/sulu"
	"github.com/bring-aboard/usher/pkg/provider"
)

// All returns every adapter.
func All() []provider.Adapter {
	return []provider.Adapter{sulu.Adapter(), ejento.Adapter(), evolution.Adapter(), ory.Adapter(), scim.Adapter()}
}

// builtIn returns the names of [All]. Each start of the program needs the names, and few starts all tables.
func builtIn() []string { return []string{"sulu", "ejento", "evolution", "ory", "scim"} }
