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
	"github.com/bring-aboard/usher/internal/cli/auth"
	sandboxcmd "github.com/bring-aboard/usher/internal/cli/sandbox"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/internal/sandbox"
	"github.com/bring-aboard/usher/internal/secret"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
)

// connect returns a new client for the profile. It sends nothing. If the client is one of the embedded server, it calls
// inSandbox.
func connect(ctx context.Context, a *app.App, selection *app.Selection, wanted app.ConnectOptions, inSandbox func()) (*app.Connection, error) {
	if selection.Sandbox {
		inSandbox()
		return connectSandbox(ctx, a, selection, wanted)
	}
	options, err := restOptions(a, selection, wanted)
	if err != nil {
		return nil, err
	}
	profile := selection.Profile
	if missing := selection.Adapter.Auth.Missing(profile.Has); len(missing) > 0 {
		return nil, failure.Refuse(fmt.Errorf("profile %s: required: %s", profile.Name, strings.Join(missing, ", ")),
			app.HowToSet(profile, "env:VARIABLE", missing...))
	}
	if err := checkVariables(a); err != nil {
		return nil, err
	}
	seen := &resolved{values: map[string]secret.Value{}}
	options.Secret = func(ctx context.Context, setting string) (string, error) {
		value, err := resolve(ctx, a, selection, setting)
		if err == nil && selection.Adapter.Login != nil && selection.Adapter.Login.Setting == setting {
			value, err = validToken(ctx, a, selection, value, seen.get(setting))
		}
		if err != nil {
			return "", err
		}
		seen.put(setting, value)
		return value.Reveal(), nil
	}
	connection, err := open(ctx, a, selection, options, func() {})
	if err == nil {
		connection.Credentials = func() []secret.Value { return seen.lasting(selection) }
	}
	return connection, err
}

// checkVariables returns an error for USHER_ variables that nothing reads. A misspelt variable would otherwise be
// ignored in the requests.
func checkVariables(a *app.App) error {
	loaded, err := a.Config()
	if err != nil {
		return err
	}
	var sentences, names []string
	for _, unknown := range loaded.UnknownVariables() {
		sentences, names = append(sentences, unknown.String()), append(names, unknown.Name)
	}
	if len(names) == 0 {
		return nil
	}
	return failure.Refuse(fmt.Errorf("%s; nothing was sent", strings.Join(sentences, "\n")), "unset "+strings.Join(names, " "))
}

// resolved are the secrets that a connection has resolved, by setting. It is
// safe for concurrent use.
type resolved struct {
	mu     sync.Mutex
	values map[string]secret.Value
}

func (r *resolved) put(setting string, value secret.Value) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.values[setting] = value
}

// get returns the value of a setting that was resolved before, else the zero Value.
func (r *resolved) get(setting string) secret.Value {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.values[setting]
}

// lasting returns the values of the adapter's lasting credentials.
func (r *resolved) lasting(selection *app.Selection) []secret.Value {
	r.mu.Lock()
	defer r.mu.Unlock()
	var values []secret.Value
	for _, setting := range selection.Adapter.LastingCredentials(selection.Profile.Has) {
		value, ok := r.values[setting]
		if text, plain := plainSetting(selection)(setting); plain && !ok {
			value, _ = secret.NewValue(text)
		}
		values = append(values, value)
	}
	return values
}

// validToken returns the token of a login: a renewed one on the token's last day, and instead of one that was refused
// with a 401. It warns of a token that expires within a day, or has expired, and could not be renewed.
func validToken(ctx context.Context, a *app.App, selection *app.Selection, token, before secret.Value) (secret.Value, error) {
	var warning string
	if age, known := app.TokenAge(ctx, a, selection, selection.Adapter.Login.Setting, token, time.Now()); known {
		warning = app.Aging(selection, age)
	}
	isRefused := !before.IsZero() && before.Reveal() == token.Reveal()
	if warning == "" && !isRefused {
		return token, nil
	}
	renewed, err := auth.Renew(ctx, a, selection, token)
	if failed, ok := errors.AsType[*provider.Error](err); ok && isRefused && renewed.IsZero() && failed.Class != provider.Denied {
		return secret.Value{}, rest.NoToken(failed)
	}
	switch {
	case err != nil:
		warning = strings.TrimPrefix(warning+"; "+err.Error(), "; ")
	case isRefused || !renewed.IsZero():
		warning = "" // printed before, or no longer true
	}
	if warning != "" {
		fmt.Fprintln(a.Streams.Err, a.Streams.ErrStyle().Yellow("warning:"), warning+": "+strings.Join(app.LoginSteps(selection), " and then "))
	}
	if renewed.IsZero() {
		return token, nil
	}
	return renewed, nil
}

// restOptions returns the options for the transport of a profile, which must have an address.
func restOptions(a *app.App, selection *app.Selection, wanted app.ConnectOptions) (rest.Options, error) {
	profile := selection.Profile
	if !profile.Has("base-url") {
		return rest.Options{}, failure.Refuse(fmt.Errorf("profile %s: base-url is required (each %s tenant has its own)", profile.Name, selection.Adapter.Vendor),
			app.HowToSet(profile, "https://tenant.example.com", "base-url"))
	}
	return transportOptions(a, selection, wanted), nil
}

// transportOptions returns the options for the transport of a profile.
func transportOptions(a *app.App, selection *app.Selection, wanted app.ConnectOptions) rest.Options {
	profile := selection.Profile
	timeout, _ := profile.Duration("timeout")
	text := func(name string) string {
		value, _ := profile.Text(name)
		return value
	}
	options := rest.Options{
		BaseURL: text("base-url"), Auth: selection.Adapter.Auth, Reason: selection.Adapter.Reason, Quota: selection.Adapter.Quota,
		IsSet: profile.Has, Setting: plainSetting(selection),
		Timeout: timeout, CAFile: text("ca-file"), ClientCert: text("client-cert"), ClientKey: text("client-key"),
		AllowHTTP: profile.Bool("allow-http"), Workers: max(1, wanted.Workers), UserAgent: "usher/" + a.Build.Version,
		Wrap: a.Watch,
	}
	if wanted.OnLimit != nil {
		options.OnLimit = func(limit rest.Limit) { wanted.OnLimit(limit.Remaining, limit.Reset) }
	}
	if a.Global.Verbose {
		options.Trace = func(line string) { fmt.Fprintln(a.Streams.Err, term.Sanitize(line)) }
	}
	return options
}

// plainSetting returns a function that returns the settings that are not secret. A secret one counts as not set,
// because the profile contains only a reference to it.
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

// connectSandbox starts the embedded server in this process and connects to it in
// memory: a port would be open to every user of the machine.
func connectSandbox(ctx context.Context, a *app.App, selection *app.Selection, wanted app.ConnectOptions) (*app.Connection, error) {
	dir, err := a.StateDir()
	if err != nil {
		return nil, failure.Refuse(err)
	}
	store, err := sandbox.OpenStore(sandboxcmd.StorePath(dir))
	if err != nil {
		return nil, failure.Refuse(err)
	}
	server, err := sandbox.New(store, sandbox.Options{Described: a.Descriptions.Names(), Describe: a.Describe})
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	// The server must outlive an interrupted request, or the response would be lost.
	running := sandbox.StartInMemory(context.WithoutCancel(ctx), server)
	stop := func() {
		_ = running.Close()
		_ = store.Close()
	}
	options := sandboxOptions(a, selection, wanted)
	options.BaseURL, options.Dial = running.BaseURL(selection.Adapter.Name), running.Dial
	options.Setting = func(name string) (string, bool) {
		exchange := selection.Adapter.Auth.ClientCredentials
		if exchange != nil && exchange.Path == "" && name == exchange.TokenURL {
			return sandboxTokenURL(a, selection, running), true
		}
		return plainSetting(selection)(name)
	}
	return open(ctx, a, selection, options, stop)
}

// sandboxTokenURL returns the address of the token endpoint in the embedded server. That of a described provider is below
// its base URL, with the described path.
func sandboxTokenURL(a *app.App, selection *app.Selection, running *sandbox.Running) string {
	if d, err := a.Describe(selection.Adapter.Name); err == nil && d.Auth.OAuth != nil {
		if path, err := d.Auth.OAuth.Path.Expand(adapterSetting(selection)); err == nil {
			return running.BaseURL(selection.Adapter.Name) + path
		}
	}
	return running.TokenURL()
}

// sandboxOptions returns the options for the embedded server, with credentials that it accepts.
func sandboxOptions(a *app.App, selection *app.Selection, wanted app.ConnectOptions) rest.Options {
	timeout, _ := selection.Profile.Duration("timeout")
	options := rest.Options{
		BaseURL: sandbox.BaseURL("http://127.0.0.1", selection.Adapter.Name), Auth: selection.Adapter.Auth, Reason: selection.Adapter.Reason,
		IsSet:   func(setting string) bool { return true },
		Setting: plainSetting(selection),
		Secret:  func(context.Context, string) (string, error) { return "any-credential", nil },
		Timeout: timeout, Workers: max(1, wanted.Workers), UserAgent: "usher/" + a.Build.Version,
		Env:  func(string) string { return "" }, // no proxy
		Wrap: a.Watch,
	}
	if a.Global.Verbose {
		options.Trace = func(line string) { fmt.Fprintln(a.Streams.Err, term.Sanitize(line)) }
	}
	return options
}

// preview returns a new client that sends nothing.
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
		return nil, nil, failure.Refuse(err, "usher profiles show "+selection.Profile.Name)
	}
	client, err := selection.Adapter.New(provider.Connection{Transport: transport, Setting: adapterSetting(selection)})
	if err != nil {
		return nil, nil, failure.Refuse(err, "usher profiles show "+selection.Profile.Name)
	}
	return transport, client, nil
}

// resolve returns a secret of the profile.
func resolve(ctx context.Context, a *app.App, selection *app.Selection, setting string) (secret.Value, error) {
	profile := selection.Profile
	reference, ok := profile.Secret(setting)
	if !ok {
		return secret.Value{}, fmt.Errorf("profile %s: %s is required", profile.Name, setting)
	}
	value, err := a.Secrets.Resolve(ctx, reference, secret.Account(profile.Name, setting))
	if err != nil {
		return secret.Value{}, profile.SettingError(setting, "", err)
	}
	return value, nil
}

// open returns a new client. It fetches the secrets, so that a broken reference is found before the first request.
func open(ctx context.Context, a *app.App, selection *app.Selection, options rest.Options, stop func()) (*app.Connection, error) {
	transport, err := rest.New(options)
	if err != nil {
		stop()
		return nil, failure.Refuse(err, "usher profiles show "+selection.Profile.Name)
	}
	patient := retryingTransport{transport, a, app.MaxWait(selection.Profile)}
	client, err := selection.Adapter.New(provider.Connection{Transport: patient, Setting: adapterSetting(selection)})
	if err == nil {
		err = transport.Prepare(ctx)
	}
	if err != nil {
		transport.Close()
		stop()
		return nil, failure.Refuse(err, "usher profiles show "+selection.Profile.Name)
	}
	none := func() []secret.Value { return nil }
	return &app.Connection{Client: client, Transport: patient, Credentials: none, Close: func() {
		transport.Close()
		stop()
	}}, nil
}

// retryingTransport is a transport that retries failed reads, unless the caller does so itself: see [provider.Once].
// It yields no element of a streamed list twice: see [provider.Replay].
type retryingTransport struct {
	provider.Transport
	app     *app.App
	longest time.Duration // longest wait before a retry
}

// Do sends the request.
func (p retryingTransport) Do(ctx context.Context, request provider.Request) (*provider.Response, error) {
	send := func() (*provider.Response, error) { return p.Transport.Do(ctx, request) }
	if request.Method != http.MethodGet || provider.IsOnce(ctx) {
		return send()
	}
	return app.Retry(ctx, p.app, p.longest, send)
}
