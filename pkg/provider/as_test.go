package provider_test

import (
	"context"
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
	"github.com/bring-aboard/usher/pkg/provider"
)

// A client that has the methods of more interfaces than it supports has them, for an assertion, all. So nothing but As
// decides.
func TestClientsAreAskedByAs(t *testing.T) {
	const atLeast = 400
	if files := archtest.NoAssertions(t, "provider", "Client", "Quoting"); files < atLeast {
		t.Errorf("%d files were read, want at least %d", files, atLeast)
	}
}

// plain is a client that deletes.
type plain struct{ provider.Client }

func (plain) Delete(context.Context, string) error { return nil }

// limited is a client with the methods of a Deleter and an Activator that supports the first only.
type limited struct{ plain }

func (limited) Activate(context.Context, string) (provider.User, error) {
	return provider.User{}, nil
}

func (l limited) As(target any) bool {
	switch target := target.(type) {
	case *provider.Deleter:
		*target = l
		return true
	case *provider.Activator:
		*target = l
	}
	return false
}

func TestAs(t *testing.T) {
	for name, client := range map[string]provider.Client{"plain": plain{}, "limited": limited{}} {
		if deleter, ok := provider.As[provider.Deleter](client); !ok || deleter == nil {
			t.Errorf("%s: no Deleter", name)
		}
		if activator, ok := provider.As[provider.Activator](client); ok || activator != nil {
			t.Errorf("%s: an Activator", name)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: Must returned an Activator", name)
				}
			}()
			provider.Must[provider.Activator](client)
		}()
	}
}
