package providers_test

import (
	"context"

	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/internal/sandbox"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
)

// profile is what a profile sets for an adapter, secrets and all.
type profile struct {
	adapter  provider.Adapter
	settings map[string]string
}

// client makes the adapter's client with the program's own transport.
func (p profile) client(t providertest.TB, baseURL string) provider.Client {
	t.Helper()
	return p.traced(t, baseURL, nil)
}

// traced is client with a trace of its requests.
func (p profile) traced(t providertest.TB, baseURL string, trace func(line string)) provider.Client {
	t.Helper()
	transport, err := rest.New(rest.Options{
		BaseURL: baseURL,
		Trace:   trace,
		Auth:    p.adapter.Auth,
		Reason:  p.adapter.Reason,
		IsSet:   func(name string) bool { _, ok := p.settings[name]; return ok },
		Setting: p.plain,
		Secret:  func(_ context.Context, name string) (string, error) { return p.settings[name], nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.Close)
	client, err := p.adapter.New(provider.Connection{
		Transport: transport,
		Setting:   func(name string) string { value, _ := p.plain(name); return value },
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// plain returns a setting that is not secret, its default where the profile sets nothing.
func (p profile) plain(name string) (string, bool) {
	for _, setting := range p.adapter.Settings {
		if setting.Name != name || setting.Secret {
			continue
		}
		if value, ok := p.settings[name]; ok {
			return value, true
		}
		return setting.Default, setting.Default != ""
	}
	return "", false
}

// serve starts a sandbox that contains no user.
func serve(t providertest.TB) *sandbox.Running { t.Helper(); return serveWith(t, sandbox.Options{}) }

// serveWith is serve with options, such as faults.
func serveWith(t providertest.TB, options sandbox.Options) *sandbox.Running {
	t.Helper()
	store, err := sandbox.MemoryStore()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	server, err := sandbox.New(store, options)
	if err != nil {
		t.Fatal(err)
	}
	running, err := sandbox.Start(context.WithoutCancel(t.Context()), "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = running.Close() })
	return running
}
