package app

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Names makes the resolver with which people may give names in place of ids.
// It asks the provider, through the link, when it meets the first name. Its
// errors have the exit status and the next step.
func Names(ctx context.Context, a *App, selection *Selection, link *LazyConnection) *names.Resolver {
	return names.New(func(kind string) ([]names.Thing, error) {
		connection, err := link.Get()
		if err != nil {
			return nil, err
		}
		defer ShowIfSlow(a.Streams.Err, "Asking "+selection.Adapter.Vendor+" for the names of its "+kind+"s")()
		things, err := things(ctx, a, selection, connection.Client, kind)
		if err != nil {
			return nil, notNamed(selection, kind, err)
		}
		return things, nil
	})
}

// things reads the names and ids of a kind.
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

// RecentNames returns the names and ids of a kind as they were not long ago, or as
// the provider lists them now; none if a person would have to be asked for the
// credentials.
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

// unattended tells whether the credentials can be had without asking anybody.
func unattended(selection *Selection) bool {
	for _, setting := range selection.Adapter.Settings {
		if reference, ok := selection.Profile.Secret(setting.Name); ok && setting.Secret && !reference.Unattended() {
			return false
		}
	}
	return true
}

// remember keeps names for completion. That it cannot is nobody's concern.
func remember(a *App, selection *Selection, kind string, things []names.Thing) {
	if cache, ok := cacheOf(a); ok {
		_ = cache.Put(placeOf(selection), kind, things)
	}
}

func cacheOf(a *App) (names.Cache, bool) {
	folder, err := a.CacheDir()
	return names.Cache{Dir: folder, Now: time.Now}, err == nil
}

// placeOf tells profiles apart, also those that differ in credentials alone:
// each may see other things.
func placeOf(selection *Selection) string {
	return selection.Profile.Name + "\n" + selection.Target
}

// NoNames makes a resolver for a command that may ask nobody: a name is
// refused, with the commands that list the ids.
func NoNames(selection *Selection, why string) *names.Resolver {
	return names.New(func(kind string) ([]names.Thing, error) {
		var next []string
		for _, listed := range Kinds() {
			if _, ok := selection.Adapter.Endpoint(listed.Capability); ok {
				next = append(next, "usher "+listed.Plural+" list -p "+selection.Profile.Name)
			}
		}
		return nil, failure.Refuse(fmt.Errorf("the name of %s %s is given, and %s: give the id", article(kind), kind, why), next...)
	})
}

// Kind is one kind of things that fields refer to.
type Kind struct {
	// Name is the kind's word in the contract, and Plural that of its command.
	Name, Plural string
	// Capability is the operation that lists them.
	Capability provider.Capability
	// Schema names the document of one of them.
	Schema string
}

// Kinds lists the kinds that have a command.
func Kinds() []Kind {
	return []Kind{
		{provider.Organization, "organizations", provider.CapabilityOrganizations, "usher.organization/v1"},
		{provider.Role, "roles", provider.CapabilityRoles, "usher.role/v1"},
	}
}

// Entries lists the things of a kind. What it gives is kept for completion.
func Entries(ctx context.Context, a *App, selection *Selection, client provider.Client, kind string) iter.Seq2[provider.Entry, error] {
	return func(yield func(provider.Entry, error) bool) {
		directory, ok := client.(provider.Directory)
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

// notNamed is the failure of names that could not be read.
func notNamed(selection *Selection, kind string, err error) error {
	if errors.Is(err, context.Canceled) {
		return failure.Fail(failure.StatusInterrupted, errors.New("interrupted while asking the provider for names: nothing was sent"))
	}
	if refused, ok := errors.AsType[*failure.Error](err); ok {
		return refused
	}
	failed := ProviderFailure(selection, fmt.Errorf("the names of the %ss cannot be told, and nothing was sent: %w", kind, err))
	if provider.ClassOf(err) == provider.Denied {
		return failed
	}
	return failure.Fail(failure.StatusOf(failed), failed, "ids need no look-up: give them in place of the names, or run the same command again later")
}

func article(noun string) string {
	switch noun[0] {
	case 'a', 'e', 'i', 'o', 'u':
		return "an"
	default:
		return "a"
	}
}
