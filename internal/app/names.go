package app

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Names returns a new resolver of names to ids. It reads the names from the provider, through the link, when the first
// name is resolved. Its errors have the exit status and the next step.
func Names(ctx context.Context, a *App, selection *Selection, link *LazyConnection) *names.Resolver {
	return names.New(func(kind string) ([]names.Thing, error) {
		connection, err := link.Get()
		if err != nil {
			return nil, err
		}
		defer ShowIfSlow(a.Streams.Err, "Reading the "+kind+" names of "+selection.Adapter.Vendor)()
		things, err := things(ctx, a, selection, connection.Client, kind)
		if err != nil {
			return nil, notNamed(selection, kind, err)
		}
		return things, nil
	})
}

// things returns the names and ids of a kind.
func things(ctx context.Context, a *App, selection *Selection, client provider.Client, kind string) ([]names.Thing, error) {
	var all []names.Thing
	for entry, err := range Entries(ctx, a, selection, client, kind) {
		if err != nil {
			return nil, err
		}
		all = append(all, names.Thing{ID: entry.ID, Name: entry.Name})
	}
	return all, nil
}

// RecentNames returns the names and ids of a kind from the cache, or as the provider lists them now; none if the
// credentials would require a prompt.
func RecentNames(ctx context.Context, a *App, selection *Selection, kind string) ([]names.Thing, error) {
	if cache, ok := cacheOf(a); ok {
		if kept, ok := cache.Get(placeOf(selection), kind); ok {
			return kept, nil
		}
	}
	if !unattended(selection) {
		return nil, nil
	}
	connection, err := a.Connect(ctx, selection, ConnectOptions{})
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	return things(ctx, a, selection, connection.Client, kind)
}

// RecentlyNamed returns a new resolver of the names that [RecentNames] returns.
func RecentlyNamed(ctx context.Context, a *App, selection *Selection) *names.Resolver {
	return names.New(func(kind string) ([]names.Thing, error) { return RecentNames(ctx, a, selection, kind) })
}

// KeysOfUsers returns up to most natural keys of the provider's users that begin with a text; none if the provider
// documents no list, or if the credentials would require a prompt or a program. It reads until the context ends, and
// stores nothing.
func KeysOfUsers(ctx context.Context, a *App, selection *Selection, begun string, most int) ([]string, error) {
	if _, ok := selection.Adapter.Endpoint(provider.CapabilityList); !ok || !unattended(selection) {
		return nil, nil
	}
	connection, err := a.Connect(ctx, selection, ConnectOptions{})
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	var keys []string
	for user, err := range provider.Must[provider.Lister](connection.Client).List(provider.Once(ctx), nil) {
		if err != nil || len(keys) == most {
			break // what was read completes too
		}
		if strings.HasPrefix(user.Key, begun) {
			keys = append(keys, user.Key)
		}
	}
	return keys, nil
}

// unattended reports whether the credentials can be resolved without a prompt.
func unattended(selection *Selection) bool {
	for _, setting := range selection.Adapter.Settings {
		if reference, ok := selection.Profile.Secret(setting.Name); ok && setting.Secret && !reference.Unattended() {
			return false
		}
	}
	return true
}

// remember stores names for completion. It ignores errors.
func remember(a *App, selection *Selection, kind string, things []names.Thing) {
	if cache, ok := cacheOf(a); ok {
		_ = cache.Put(placeOf(selection), kind, things)
	}
}

func cacheOf(a *App) (names.Cache, bool) {
	folder, err := a.CacheDir()
	return names.Cache{Dir: folder, Now: time.Now}, err == nil
}

// placeOf returns the cache key of a profile. Profiles that differ only in credentials have different keys, because
// the provider may list other things for them.
func placeOf(selection *Selection) string {
	return selection.Profile.Name + "\n" + selection.Target
}

// NoNames returns a new resolver for a command that sends no lookups: it refuses names, with the commands that list
// the ids.
func NoNames(selection *Selection, why string) *names.Resolver {
	return names.New(func(kind string) ([]names.Thing, error) {
		var next []string
		for _, listed := range Kinds() {
			if _, ok := selection.Adapter.Endpoint(listed.Capability); ok {
				next = append(next, "usher "+listed.Plural+" list -p "+selection.Profile.Name)
			}
		}
		return nil, failure.Refuse(fmt.Errorf("cannot resolve the name of %s %s: %s; use the id", article(kind), kind, why), next...)
	})
}

// Kind is a kind of things that fields refer to.
type Kind struct {
	// Name is the kind in the provider contract, and Plural the name of its command.
	Name, Plural string
	// Capability is the provider's capability to list them.
	Capability provider.Capability
	// Schema is the schema of the document of one of them.
	Schema string
}

// Kinds returns the kinds that have a command.
func Kinds() []Kind {
	return []Kind{
		{provider.Group, "groups", provider.CapabilityGroups, "usher.group/v1"},
		{provider.Organization, "organizations", provider.CapabilityOrganizations, "usher.organization/v1"},
		{provider.Role, "roles", provider.CapabilityRoles, "usher.role/v1"},
	}
}

// Entries yields the things of a kind, and stores their names for completion.
func Entries(ctx context.Context, a *App, selection *Selection, client provider.Client, kind string) iter.Seq2[provider.Entry, error] {
	return func(yield func(provider.Entry, error) bool) {
		directory, ok := provider.As[provider.Directory](client)
		if !ok {
			yield(provider.Entry{}, NotDocumented(selection.Adapter, "list "+kind+"s"))
			return
		}
		var all []names.Thing
		for entry, err := range directory.Entries(ctx, kind) {
			if !yield(entry, err) || err != nil {
				return
			}
			all = append(all, names.Thing{ID: entry.ID, Name: entry.Name})
		}
		remember(a, selection, kind, all)
	}
}

// notNamed returns the failure of names that could not be read.
func notNamed(selection *Selection, kind string, err error) error {
	if errors.Is(err, context.Canceled) {
		return failure.Fail(failure.StatusInterrupted, errors.New("interrupted while reading names; nothing was sent"))
	}
	if refused, ok := errors.AsType[*failure.Error](err); ok {
		return refused
	}
	failed := ProviderFailure(selection, fmt.Errorf("could not resolve %s names: %w; nothing was sent", kind, err))
	if provider.ClassOf(err) == provider.Denied {
		return failed
	}
	return failure.Fail(failure.StatusOf(failed), failed, "use ids instead of names, or run the command again later")
}

func article(noun string) string {
	switch noun[0] {
	case 'a', 'e', 'i', 'o', 'u':
		return "an"
	default:
		return "a"
	}
}
