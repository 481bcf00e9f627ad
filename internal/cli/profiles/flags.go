package profiles

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/secret"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// options are the dependencies, arguments and flags of `usher profiles add` and `usher profiles edit`.
type options struct {
	app      *app.App
	name     string
	provider string
	edits    bool // the profile exists
	use      bool
	plain    map[string]*string // by setting
	stdin    map[string]*bool   // by secret setting
	defaults []string
	flags    *pflag.FlagSet
}

func newOptions(a *app.App) *options {
	return &options{app: a, plain: map[string]*string{}, stdin: map[string]*bool{}}
}

// addFlags adds the flags of all settings, those of described providers when the provider is known.
func (o *options) addFlags(cmd *cobra.Command) {
	o.flags = cmd.Flags()
	o.define(cmd, settings(o.app))
	o.app.Prepare[cmd] = func() { o.define(cmd, settings(o.app, o.described()...)) }
	o.flags.StringArrayVar(&o.defaults, "default", nil, "default value for new users: `FIELD=VALUE` (repeatable); replaces the current ones")
	o.flags.BoolVar(&o.use, "use", false, "make it the default profile")
}

// define defines the flags of settings that have none yet.
func (o *options) define(cmd *cobra.Command, settings []config.Setting) {
	flags := cmd.Flags()
	for _, setting := range settings {
		if _, defined := o.plain[setting.Name]; defined || flags.Lookup(setting.Name) != nil {
			continue
		}
		o.plain[setting.Name] = flags.String(setting.Name, "", usage(setting))
		if setting.Values != nil {
			cmdutil.OneOf(cmd, setting.Name, setting.Values)
		}
		if setting.Secret {
			o.stdin[setting.Name] = flags.Bool(setting.Name+"-stdin", false, "read "+setting.Name+" from standard input and store it in the keyring")
		}
	}
}

// described returns the described provider that the command line names, by --provider or by the profile that is changed.
func (o *options) described() []provider.Adapter {
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

// given returns the values of the flags.
func (o *options) given() (map[string]any, error) {
	given := map[string]any{}
	if o.provider != "" {
		if !slices.Contains(o.app.ProviderNames(), o.provider) {
			return nil, failure.Refuse(fmt.Errorf("unknown provider %q%s", o.provider, schema.Suggestion(o.provider, o.app.ProviderNames())), "usher providers list")
		}
		given["provider"] = o.provider
	}
	for name, value := range o.plain {
		if !o.flags.Changed(name) {
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

// fromStdin returns the secret setting that standard input contains, "" for none.
func (o *options) fromStdin() (string, error) {
	read := ""
	for name, wanted := range o.stdin {
		switch {
		case !*wanted:
			continue
		case read != "":
			return "", failure.Refuse(fmt.Errorf("--%s-stdin cannot be combined with --%s-stdin: both read standard input", min(read, name), max(read, name)),
				failure.Note("use keyring: for one of them now, and store it with usher profiles edit"),
				fmt.Sprintf("replace --%[1]s-stdin with --%[1]s keyring:", max(read, name)))
		case o.flags.Changed(name):
			return "", failure.Refuse(fmt.Errorf("--%[1]s cannot be combined with --%[1]s-stdin", name))
		}
		read = name
	}
	return read, nil
}

// command returns the words of a command with the flags of this one that specify settings, without those of these names.
func (o *options) command(words []string, omit ...string) string {
	omit = append(omit, "no-input", "output", "jq")
	o.flags.Visit(func(flag *pflag.Flag) {
		if slices.Contains(omit, flag.Name) {
			return
		}
		values := []string{flag.Value.String()}
		if list, ok := flag.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, value := range values {
			words = append(words, "--"+flag.Name)
			if flag.Value.Type() != "bool" {
				words = append(words, shell.Quote(value))
			}
		}
	})
	return strings.Join(words, " ")
}
