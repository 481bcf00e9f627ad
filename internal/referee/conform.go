package referee

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/internal/panicerr"
	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/internal/sandbox"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
)

// Setup is one way to set a described provider up in a profile.
type Setup struct {
	// Name is what differs from the other ones.
	Name string
	// settings are those of the profile, secrets and all.
	settings map[string]string
	adapter  provider.Adapter
	d        *describe.Description
}

// Setups returns the ways to set a provider up: each way of authentication, and each value of a setting that has a list
// of them.
func Setups(adapter provider.Adapter, d *describe.Description) ([]Setup, error) {
	var setups []Setup
	plain := map[string]string{}
	for _, setting := range adapter.Settings {
		if (setting.Required || setting.RequiredBySome) && !setting.Secret {
			plain[setting.Name] = "acme"
			if len(setting.Values) > 0 {
				plain[setting.Name] = setting.Values[0]
			}
		}
	}
	add := func(name string, more map[string]string) error {
		settings := maps.Clone(plain)
		maps.Copy(settings, more)
		setup := Setup{Name: name, settings: settings, adapter: adapter, d: d}
		var err error
		if adapter.ForTenant != nil {
			setup.adapter, err = adapter.ForTenant(setup.setting)
		}
		setup.adapter.Auth = setup.adapter.Auth.Uses(func(setting string) bool { return settings[setting] != "" })
		setups = append(setups, setup)
		return err
	}
	credentials := func(names ...string) map[string]string {
		values := map[string]string{}
		for _, name := range names {
			values[name] = "canary-" + name + "-2c26b46b"
		}
		return values
	}
	auth := adapter.Auth
	var fixed []string
	for _, header := range auth.Headers {
		fixed = append(fixed, header.Setting)
	}
	var err error
	if len(fixed) > 0 {
		err = add("headers", credentials(fixed...))
	}
	if basic := auth.Basic; basic != nil {
		err = errors.Join(err, add("HTTP Basic", credentials(basic.Username, basic.Password)))
	}
	if exchange := auth.ClientCredentials; exchange != nil {
		err = errors.Join(err, add("client credentials", credentials(exchange.ClientID, exchange.ClientSecret)))
	}
	if session := auth.Session; session != nil && len(setups) == 0 { // the suite has a token, since it counts requests
		setting := session.Settings[0]
		err = errors.Join(err, add("the token of a log-in", credentials(setting)))
		setups[0].adapter.Auth = provider.Auth{Headers: []provider.AuthHeader{{Name: session.Header, Prefix: session.Prefix, Setting: setting}}}
	}
	first := setups[0].settings
	for _, setting := range adapter.Settings {
		for _, value := range setting.Values {
			if first[setting.Name] != value {
				with := maps.Clone(first)
				with[setting.Name] = value
				err = errors.Join(err, add(setting.Name+" "+value, with))
			}
		}
	}
	return setups, err
}

// setting returns the value of a setting, its default if the profile has none.
func (s Setup) setting(name string) string {
	if value, ok := s.settings[name]; ok {
		return value
	}
	for _, setting := range s.adapter.Settings {
		if setting.Name == name {
			return setting.Default
		}
	}
	return ""
}

// Conform runs one check of the conformance suite against a server that is made of the description, and returns what
// breaks the promise. Such a server agrees with its description: that the description is right, only its examples and the
// real API show.
func (s Setup) Conform(ctx context.Context, check providertest.Check) error {
	s.settings = maps.Clone(s.settings)
	b := &bench{}
	var cancel context.CancelFunc
	b.ctx, cancel = context.WithCancel(ctx)
	var err error
	var all sync.WaitGroup
	all.Go(func() { // Fatal ends the goroutine
		defer func() {
			if cause := recover(); cause != nil {
				b.fail(panicerr.Of(cause))
			}
			cancel()
			b.cleanUp()
		}()
		err = check.Run(b, providertest.Subject{Adapter: s.adapter, Connect: s.connect, Serve: s.serve})
	})
	all.Wait()
	return errors.Join(err, errors.Join(b.failures...))
}

func (s Setup) connect(t providertest.TB, baseURL string) provider.Client {
	isSecret := func(name string) bool {
		return slices.ContainsFunc(s.adapter.Settings, func(setting provider.Setting) bool { return setting.Name == name && setting.Secret })
	}
	transport, err := rest.New(rest.Options{
		BaseURL: baseURL, Auth: s.adapter.Auth, Reason: s.adapter.Reason,
		IsSet: func(name string) bool { return s.settings[name] != "" },
		Setting: func(name string) (string, bool) {
			value := s.setting(name)
			return value, value != "" && !isSecret(name)
		},
		Secret: func(_ context.Context, name string) (string, error) { return s.settings[name], nil },
		Env:    func(string) string { return "" },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.Close)
	client, err := s.adapter.New(provider.Connection{Transport: transport, Setting: s.setting})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// serve starts a server that is made of the description. Its token endpoint is in the settings, so that the suite counts
// no requests for tokens.
func (s Setup) serve(t providertest.TB) string {
	store, err := sandbox.MemoryStore()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	server, err := sandbox.New(store, sandbox.Options{
		Described: []string{s.d.Name}, Describe: func(string) (*describe.Description, error) { return s.d, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	running, err := sandbox.Start(context.WithoutCancel(t.Context()), "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = running.Close() })
	base := running.BaseURL(s.d.Name)
	if exchange := s.adapter.Auth.ClientCredentials; exchange != nil {
		path, err := s.d.Auth.OAuth.Path.Expand(s.setting)
		if err != nil {
			t.Fatal(err)
		}
		s.settings[exchange.TokenURL] = base + path
	}
	return base
}

// bench is what a check has instead of a test.
type bench struct {
	ctx      context.Context //nolint:containedctx // it is that of a test
	mu       sync.Mutex
	cleanups []func()
	failures []error
}

// Context returns a context that ends before the functions of Cleanup are called.
func (b *bench) Context() context.Context { return b.ctx }

// Cleanup adds a function to call at the end, the last one first.
func (b *bench) Cleanup(do func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cleanups = append(b.cleanups, do)
}

func (b *bench) cleanUp() {
	for _, do := range slices.Backward(b.cleanups) {
		do()
	}
}

// Helper does nothing.
func (b *bench) Helper() {}

func (b *bench) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures = append(b.failures, err)
}

// Error records a failure.
func (b *bench) Error(args ...any) { b.fail(errors.New(fmt.Sprint(args...))) }

// Fatal records a failure and ends the goroutine.
func (b *bench) Fatal(args ...any) {
	b.Error(args...)
	runtime.Goexit()
}

// Fatalf records a failure and ends the goroutine.
func (b *bench) Fatalf(format string, args ...any) { b.Fatal(fmt.Sprintf(format, args...)) }
