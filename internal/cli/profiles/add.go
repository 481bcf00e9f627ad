package profiles

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/secret"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// addOptions are the dependencies, arguments and flags of `usher profiles add`.
type addOptions struct {
	app      *app.App
	name     string
	provider string
	update   bool
	use      bool
	plain    map[string]*string // by setting
	stdin    map[string]*bool   // by secret setting
	defaults []string
	changed  func(flag string) bool
	login    bool // usher auth login will issue the token
}

func newAdd(a *app.App, run func(context.Context, *addOptions) error) *cobra.Command {
	o := &addOptions{app: a, plain: map[string]*string{}, stdin: map[string]*bool{}}
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Add or update a profile",
		Long: `Add a profile to the configuration file (readable only by you).

Specify each secret as a reference (env:NAME, file:PATH, keyring:,
exec:COMMAND), or pass it on standard input with its -stdin flag to store it in
the system keyring. usher does not accept secrets as arguments, because other
processes can read them.

On a terminal, without --provider, the command prompts for all settings.`,
		Example: `  usher profiles add acme --provider sulu --token env:SULU_TOKEN --default organization=org_123
  usher profiles add acme --provider sulu --token-stdin < token.txt
  usher profiles add acme-ai --provider ejento --base-url https://tenant.example.com \
    --subscription-key file:/run/secrets/ejento-key --token 'exec:op read op://ops/ejento/token'`,
		Args: cmdutil.Args("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name, o.changed = args[0], cmd.Flags().Changed
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.provider, "provider", "", "provider: "+strings.Join(a.BuiltIn(), ", ")+", or another one of usher providers list")
	_ = cmd.RegisterFlagCompletionFunc("provider", cobra.FixedCompletions(a.ProviderNames(), cobra.ShellCompDirectiveNoFileComp))
	o.define(cmd, settings(a))
	a.Prepare[cmd] = func() { o.define(cmd, settings(a, o.described()...)) }
	flags.StringArrayVar(&o.defaults, "default", nil, "default value for new users: `FIELD=VALUE` (repeatable); with --update, replaces the current ones")
	flags.BoolVar(&o.update, "update", false, "change the given settings of an existing profile")
	flags.BoolVar(&o.use, "use", false, "make it the default profile")
	return cmd
}

// define defines the flags of settings that have none yet.
func (o *addOptions) define(cmd *cobra.Command, settings []config.Setting) {
	flags := cmd.Flags()
	for _, setting := range settings {
		if _, defined := o.plain[setting.Name]; defined || flags.Lookup(setting.Name) != nil {
			continue
		}
		o.plain[setting.Name] = flags.String(setting.Name, "", usage(setting))
		if setting.Values != nil {
			_ = cmd.RegisterFlagCompletionFunc(setting.Name, cobra.FixedCompletions(setting.Values, cobra.ShellCompDirectiveNoFileComp))
		}
		if setting.Secret {
			o.stdin[setting.Name] = flags.Bool(setting.Name+"-stdin", false, "read "+setting.Name+" from standard input and store it in the keyring")
		}
	}
}

// described returns the described provider that the command line names, by --provider or by the profile that is changed.
func (o *addOptions) described() []provider.Adapter {
	names := []string{o.app.Ahead.Provider}
	if loaded, err := o.app.Config(); err == nil && o.app.Ahead.Provider == "" {
		for _, word := range o.app.Ahead.Words {
			if stored, err := loaded.Stored(word); err == nil {
				names = append(names, stored.Provider)
			}
		}
	}
	var list []provider.Adapter
	for _, name := range names {
		if one, err := o.app.Descriptions.Get(name); err == nil {
			list = append(list, one.Adapter)
		}
	}
	return list
}

// settings lists what a profile can set, each once: the common settings, then
// those of the adapters. The timeout is a flag of every command already.
func settings(a *app.App, more ...provider.Adapter) []config.Setting {
	var list []config.Setting
	for _, setting := range slices.Concat(a.Settings, adapterSettings(append(slices.Clone(a.Adapters), more...))) {
		known := slices.ContainsFunc(list, func(s config.Setting) bool { return s.Name == setting.Name })
		if !known && setting.Name != "timeout" {
			list = append(list, setting)
		}
	}
	return list
}

func adapterSettings(adapters []provider.Adapter) []config.Setting {
	var list []config.Setting
	for _, adapter := range adapters {
		for _, s := range adapter.Settings {
			list = append(list, config.Setting{
				Name: s.Name, Help: s.Help + " (" + adapter.Name + ")", Kind: app.KindOf(adapter, s), Secret: s.Secret, Values: s.Values,
			})
		}
	}
	return list
}

func usage(setting config.Setting) string {
	if setting.Secret {
		return "`REFERENCE` to the " + setting.Help
	}
	return setting.Help
}

func add(ctx context.Context, o *addOptions) error {
	loaded, err := o.app.Config()
	if err != nil {
		return err
	}
	if err := config.CheckName(o.name); err != nil {
		return failure.Refuse(err)
	}
	exists := slices.Contains(loaded.Names(), o.name)
	if isBuiltin(loaded, o.name) {
		return failure.Refuse(fmt.Errorf("profile %s: built in, cannot be changed; choose another name", o.name), "usher profiles list")
	}
	if exists && !o.update {
		return failure.Refuse(fmt.Errorf("profile %s already exists", o.name),
			failure.Note("update it"), fmt.Sprintf("usher profiles add %s --update", o.name))
	}
	given, err := o.given()
	if err != nil {
		return err
	}
	if given["provider"] == nil && !exists {
		if !o.app.Streams.CanPrompt() {
			return failure.Refuse(errors.New("--provider is required"), "usher providers list")
		}
		if given, err = o.wizard(ctx, given); err != nil {
			return err
		}
	}
	if err := o.verify(loaded, given); err != nil {
		return err
	}
	if err := o.readSecret(ctx, given); err != nil {
		return err
	}
	if err := o.put(loaded, given); err != nil {
		return failure.Refuse(err)
	}
	if o.use {
		if err := loaded.Use(o.name); err != nil {
			return failure.Refuse(err)
		}
	}
	fmt.Fprintf(o.app.Streams.Err, "Saved profile %s to %s.\nnext: %s\n", o.name, loaded.Path(), o.next(loaded))
	return nil
}

// next returns the next step for the profile as it is in the file.
func (o *addOptions) next(loaded *config.Config) string {
	profile, err := loaded.Stored(o.name)
	if err != nil {
		return "usher profiles show " + o.name
	}
	if adapter, ok, err := o.app.Provider(profile.Provider); ok && err == nil {
		if missing := adapter.Auth.Missing(profile.Has); len(missing) > 0 {
			return app.HowToSet(profile, "env:VARIABLE", missing...)
		}
		if o.awaitsLogin(adapter) {
			return "usher auth login -p " + o.name
		}
	}
	return "usher profiles check " + o.name
}

// awaitsLogin reports whether the token is specified as a keyring entry and the provider issues tokens: usher auth
// login stores it.
func (o *addOptions) awaitsLogin(adapter provider.Adapter) bool {
	if adapter.Login == nil {
		return false
	}
	text := *o.plain[adapter.Login.Setting]
	return o.login || strings.TrimSpace(text) == secret.FromKeyring("").String()
}

func (o *addOptions) put(loaded *config.Config, given map[string]any) error {
	if o.update {
		return loaded.Update(o.name, given)
	}
	return loaded.Put(o.name, given)
}

// given returns the values of the flags.
func (o *addOptions) given() (map[string]any, error) {
	given := map[string]any{}
	if o.provider != "" {
		if !slices.Contains(o.app.ProviderNames(), o.provider) {
			return nil, failure.Refuse(fmt.Errorf("unknown provider %q%s", o.provider, schema.Suggestion(o.provider, o.app.ProviderNames())), "usher providers list")
		}
		given["provider"] = o.provider
	}
	for name, value := range o.plain {
		if !o.changed(name) {
			continue
		}
		given[name] = *value
		if o.stdin[name] == nil || *value == "" {
			continue
		}
		reference, err := lasting(*value)
		if refused, ok := errors.AsType[*secret.ParseError](err); ok && refused.IsLiteral() {
			return nil, failure.Refuse(fmt.Errorf("profile %s: %s: %w", o.name, name, err),
				fmt.Sprintf("use --%[1]s-stdin to store it in the keyring", name))
		}
		if err != nil {
			return nil, failure.Refuse(fmt.Errorf("profile %s: %s: %w", o.name, name, err))
		}
		given[name] = reference
	}
	if file, ok := given[provider.SchemaFile].(string); ok && file != "" {
		path, err := filepath.Abs(file) // the profile is used in other directories too
		if err != nil {
			return nil, failure.Refuse(fmt.Errorf("--%s: %w", provider.SchemaFile, err))
		}
		given[provider.SchemaFile] = path
	}
	if o.app.Global.Timeout > 0 {
		given["timeout"] = o.app.Global.Timeout.String()
	}
	if len(o.defaults) > 0 {
		given["defaults"] = o.defaults
	}
	return given, nil
}

// lasting returns a reference that does not depend on the working directory.
func lasting(reference string) (string, error) {
	parsed, err := secret.Parse(reference)
	if err != nil {
		return "", err
	}
	path, isFile := parsed.File()
	if !isFile || strings.HasPrefix(path, "~") {
		return reference, nil
	}
	path, err = filepath.Abs(path)
	return "file:" + path, err
}

// readSecret reads the secret on standard input, if any, and stores it in the keyring.
func (o *addOptions) readSecret(ctx context.Context, given map[string]any) error {
	read := ""
	for name, wanted := range o.stdin {
		if !*wanted {
			continue
		}
		if read != "" {
			return failure.Refuse(fmt.Errorf("--%s-stdin cannot be combined with --%s-stdin: both read standard input", min(read, name), max(read, name)),
				"add one now and the other one with --update")
		}
		if o.changed(name) {
			return failure.Refuse(fmt.Errorf("--%[1]s cannot be combined with --%[1]s-stdin", name))
		}
		read = name
	}
	if read == "" {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(o.app.Streams.Input(ctx), 1<<20))
	if err != nil {
		return app.Unread(fmt.Errorf("could not read the %s from standard input: %w", read, err))
	}
	return o.keep(ctx, given, read, string(text))
}

// keep stores a secret in the keyring and sets the setting to its reference.
func (o *addOptions) keep(ctx context.Context, given map[string]any, setting, text string) error {
	value, err := secret.NewValue(text)
	if err == nil {
		err = value.CheckHeader()
	}
	if err != nil {
		return failure.Refuse(fmt.Errorf("%s: %w", setting, err))
	}
	if err := o.app.Secrets.Store(ctx, secret.Account(o.name, setting), value); err != nil {
		return failure.Refuse(err, fmt.Sprintf("use a reference instead of --%[1]s-stdin: --%[1]s env:VARIABLE, file:PATH or exec:COMMAND", setting))
	}
	given[setting] = secret.FromKeyring("")
	return nil
}
