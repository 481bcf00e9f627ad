package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/kit"
	sandboxcmd "github.com/bring-aboard/usher/internal/cli/sandbox"
	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/internal/sandbox"
	"github.com/bring-aboard/usher/internal/secret"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
)

// connect makes a client for the profile. It sends nothing.
func connect(ctx context.Context, a *app.App, selection *app.Selection, wanted app.ConnectOptions) (*app.Connection, error) {
	if selection.Sandbox {
		return connectSandbox(ctx, a, selection, wanted)
	}
	options, err := restOptions(a, selection, wanted)
	if err != nil {
		return nil, err
	}
	profile := selection.Profile
	if missing := selection.Adapter.Auth.Missing(profile.Has); len(missing) > 0 {
		return nil, app.Refuse(fmt.Errorf("profile %s does not set %s", profile.Name, strings.Join(missing, ", ")),
			kit.HowToSet(profile, "env:VARIABLE", missing...))
	}
	var aging sync.Once
	options.Secret = func(ctx context.Context, setting string) (string, error) {
		value, err := resolve(ctx, a, selection, setting)
		if err != nil {
			return "", err
		}
		if age, known := kit.TokenAge(ctx, a, selection, setting, value, time.Now()); known {
			aging.Do(func() { warnOfAge(a, selection, age) })
		}
		return value.Reveal(), nil
	}
	return open(ctx, a, selection, options, func() {})
}

// warnOfAge says that a token has a day to live, or expired.
func warnOfAge(a *app.App, selection *app.Selection, age time.Duration) {
	if text := kit.Aging(selection, age); text != "" {
		fmt.Fprintln(a.Streams.Err, a.Streams.ErrStyle().Yellow("warning:"), text+": "+kit.LoginStep(selection))
	}
}

// restOptions turns a profile into the options of its transport, which must
// have an address.
func restOptions(a *app.App, selection *app.Selection, wanted app.ConnectOptions) (rest.Options, error) {
	profile := selection.Profile
	if !profile.Has("base-url") {
		return rest.Options{}, app.Refuse(fmt.Errorf("profile %s has no base-url, and %s has one for each tenant", profile.Name, selection.Adapter.Vendor),
			kit.HowToSet(profile, "https://tenant.example.com", "base-url"))
	}
	return transportOptions(a, selection, wanted), nil
}

// transportOptions turns a profile into the options of its transport.
func transportOptions(a *app.App, selection *app.Selection, wanted app.ConnectOptions) rest.Options {
	profile := selection.Profile
	timeout, _ := profile.Duration("timeout")
	text := func(name string) string {
		value, _ := profile.Text(name)
		return value
	}
	options := rest.Options{
		BaseURL: text("base-url"), Auth: selection.Adapter.Auth, Reason: selection.Adapter.Reason,
		IsSet: profile.Has, Setting: plainSetting(selection),
		Timeout: timeout, CAFile: text("ca-file"), ClientCert: text("client-cert"), ClientKey: text("client-key"),
		AllowHTTP: profile.Bool("allow-http"), Workers: max(1, wanted.Workers), UserAgent: "usher/" + a.Build.Version,
	}
	if wanted.OnLimit != nil {
		options.OnLimit = func(limit rest.Limit) { wanted.OnLimit(limit.Remaining, limit.Reset) }
	}
	if a.Global.Verbose {
		options.Trace = func(line string) { fmt.Fprintln(a.Streams.Err, term.Sanitize(line)) }
	}
	return options
}

// plainSetting gives the transport the settings that are not secret. Of a
// secret one it says that it has none: the profile holds only a reference to it.
func plainSetting(selection *app.Selection) func(setting string) (string, bool) {
	return func(name string) (string, bool) {
		for _, setting := range selection.Adapter.Settings {
			if setting.Name == name && setting.Secret {
				return "", false
			}
		}
		return selection.Profile.Text(name)
	}
}

// connectSandbox starts the embedded server in this process and connects to it.
func connectSandbox(ctx context.Context, a *app.App, selection *app.Selection, wanted app.ConnectOptions) (*app.Connection, error) {
	dir, err := a.StateDir()
	if err != nil {
		return nil, app.Refuse(err)
	}
	store, err := sandbox.OpenStore(sandboxcmd.StorePath(dir))
	if err != nil {
		return nil, app.Refuse(err)
	}
	server, err := sandbox.New(store, sandbox.Options{})
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	// The server must outlive an interrupted request, or its answer would be lost.
	running, err := sandbox.Start(context.WithoutCancel(ctx), "127.0.0.1:0", server)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	stop := func() {
		_ = running.Close()
		_ = store.Close()
	}
	options := sandboxOptions(a, selection, wanted)
	options.BaseURL = running.BaseURL(selection.Adapter.Name)
	options.Setting = func(name string) (string, bool) {
		if name == "token-url" {
			return running.TokenURL(), true
		}
		return plainSetting(selection)(name)
	}
	fmt.Fprintln(a.Streams.Err, "Sandbox: no real provider is contacted.")
	return open(ctx, a, selection, options, stop)
}

// sandboxOptions are the options for the embedded server, with credentials
// that it takes.
func sandboxOptions(a *app.App, selection *app.Selection, wanted app.ConnectOptions) rest.Options {
	timeout, _ := selection.Profile.Duration("timeout")
	options := rest.Options{
		BaseURL: sandbox.BaseURL("http://127.0.0.1", selection.Adapter.Name), Auth: selection.Adapter.Auth, Reason: selection.Adapter.Reason,
		IsSet:   func(setting string) bool { return true },
		Setting: plainSetting(selection),
		Secret:  func(context.Context, string) (string, error) { return "any-credential", nil },
		Timeout: timeout, Workers: max(1, wanted.Workers), UserAgent: "usher/" + a.Build.Version,
		Env: func(string) string { return "" }, // no proxy stands between
	}
	if a.Global.Verbose {
		options.Trace = func(line string) { fmt.Fprintln(a.Streams.Err, term.Sanitize(line)) }
	}
	return options
}

// preview makes a client that sends nothing.
func preview(a *app.App, selection *app.Selection) (*rest.Preview, provider.Client, error) {
	options := sandboxOptions(a, selection, app.ConnectOptions{})
	if !selection.Sandbox {
		var err error
		if options, err = restOptions(a, selection, app.ConnectOptions{}); err != nil {
			return nil, nil, err
		}
	}
	transport, err := rest.NewPreview(options)
	if err != nil {
		return nil, nil, app.Refuse(err, "usher profiles show "+selection.Profile.Name)
	}
	client, err := selection.Adapter.New(provider.Connection{Transport: transport, Setting: adapterSetting(selection.Profile)})
	if err != nil {
		return nil, nil, app.Refuse(err, "usher profiles show "+selection.Profile.Name)
	}
	return transport, client, nil
}

// resolve fetches a secret of the profile.
func resolve(ctx context.Context, a *app.App, selection *app.Selection, setting string) (secret.Value, error) {
	profile := selection.Profile
	reference, ok := profile.Secret(setting)
	if !ok {
		return secret.Value{}, fmt.Errorf("profile %s does not set %s", profile.Name, setting)
	}
	value, err := a.Secrets.Resolve(ctx, reference, secret.Account(profile.Name, setting))
	if err != nil {
		return secret.Value{}, profile.Fault(setting, "", err)
	}
	return value, nil
}

// open makes the client, and fetches the secrets: a reference that leads
// nowhere is found before anything is sent.
func open(ctx context.Context, a *app.App, selection *app.Selection, options rest.Options, stop func()) (*app.Connection, error) {
	transport, err := rest.New(options)
	if err != nil {
		stop()
		return nil, app.Refuse(err, "usher profiles show "+selection.Profile.Name)
	}
	patient := patientReads{transport, a}
	client, err := selection.Adapter.New(provider.Connection{Transport: transport, Setting: adapterSetting(selection.Profile)})
	reader, readerErr := selection.Adapter.New(provider.Connection{Transport: patient, Setting: adapterSetting(selection.Profile)})
	if err = errors.Join(err, readerErr); err == nil {
		err = transport.Prepare(ctx)
	}
	if err != nil {
		transport.Close()
		stop()
		return nil, app.Refuse(err, "usher profiles show "+selection.Profile.Name)
	}
	return &app.Connection{Client: client, Reader: reader, Transport: patient, Close: func() {
		transport.Close()
		stop()
	}}, nil
}

// patientReads is a transport that makes reads again that came to nothing.
type patientReads struct {
	provider.Transport
	app *app.App
}

// Do sends the request.
func (p patientReads) Do(ctx context.Context, request provider.Request) (*provider.Response, error) {
	send := func() (*provider.Response, error) { return p.Transport.Do(ctx, request) }
	if request.Method != http.MethodGet {
		return send()
	}
	if request.Read != nil {
		return kit.Patiently(ctx, p.app, send) // a part of a lost answer may have been used
	}
	return kit.PatientlyRead(ctx, p.app, send)
}
