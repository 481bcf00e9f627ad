package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/viper"

	"github.com/bring-aboard/usher/internal/document"
	"github.com/bring-aboard/usher/internal/secret"
)

// Options are the settings and profiles that the caller defines.
type Options struct {
	// Variables are the names of the USHER_ variables that other packages read.
	Variables []string
	// Common are the settings of every provider.
	Common []Setting
	// Providers are the providers with their own settings.
	Providers []Provider
	// Builtins are the profiles that always exist, in the order of Names.
	Builtins []Builtin
}

// Provider is a provider with its settings. They replace common settings of the same name, for example for another
// default.
type Provider struct {
	Name     string
	Settings []Setting
	// Read returns further settings, which are read when they are needed; nil for none.
	Read func() []Setting
}

// all returns every setting of the provider.
func (p Provider) all() []Setting {
	if p.Read == nil {
		return p.Settings
	}
	return slices.Concat(p.Settings, p.Read())
}

// Builtin is a profile that always exists and cannot be changed. No variable and no flag overrides its settings, and
// its secrets never come from the environment, so that it never connects to a real provider or uses real credentials.
type Builtin struct {
	Name     string
	Settings map[string]string
}

// Config is the content of the profile file, with the built-in profiles.
type Config struct {
	path    string
	options Options
	file    *file
	// layers contains the content of the file and USHER_PROFILE.
	layers *viper.Viper
	// alone is true if variables are ignored.
	alone bool
}

// delimiter separates the keys of viper. Profile names do not contain it.
const delimiter = "::"

// ErrNoDirectory is the error if the environment has no directory for the profile file, as in a container without HOME.
var ErrNoDirectory = errors.New("could not find the configuration directory: no home directory in the environment; specify the file with --config or " + variableConfig)

// Locate returns the path of the profile file: the --config flag unless it is empty, USHER_CONFIG, or the file named
// config.yaml, config.yml, config.json or config.toml in the directory usher of $XDG_CONFIG_HOME or of the platform's
// configuration directory. It fails if there is more than one. If there is none, it returns the path of a config.yaml
// that does not exist yet. If the environment has no such directory, it fails with [ErrNoDirectory].
func Locate(flag string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	if path := os.Getenv(variableConfig); path != "" {
		return path, nil
	}
	directory := os.Getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(directory) {
		var err error
		if directory, err = os.UserConfigDir(); err != nil {
			return "", ErrNoDirectory
		}
	}
	var found []string
	for _, format := range document.Formats() {
		path := filepath.Join(directory, "usher", "config."+format)
		if _, err := os.Lstat(path); err == nil {
			found = append(found, path)
		}
	}
	switch len(found) {
	case 0:
		return filepath.Join(directory, "usher", "config.yaml"), nil
	case 1:
		return found[0], nil
	default:
		return "", &Error{Source: Source{Layer: FromFile, Name: found[0]}, Message: "more than one configuration file: " + found[1] + " exists too",
			Hint: "remove one, or specify the file with --config or " + variableConfig}
	}
}

// Load returns the content of the profile file. A file that does not exist contains no profiles, and neither does an empty
// path, at which nothing can be written. It fails with an
// [*Error] or [Errors] for a file that cannot be read, is not valid in its format, or is not a profile file. Errors in
// one profile are reported by [Config.Profile] for that profile, those in a route by [Config.Route], and all by [Config.Errors].
func Load(path string, options Options) (*Config, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return parse(path, text, options)
}

// parse returns a Config of the text of a profile file.
func parse(path string, text []byte, options Options) (*Config, error) {
	c := &Config{path: path, options: options, file: &file{path: path, format: document.FormatOf(path)}}
	c.layers = viper.NewWithOptions(viper.KeyDelimiter(delimiter), viper.WithDecoderRegistry(c.file))
	c.layers.SetConfigType(c.file.format)
	err := c.layers.ReadConfig(bytes.NewReader(text))
	if configErrs, ok := errors.AsType[Errors](err); ok {
		return c, configErrs
	}
	if configErr, ok := errors.AsType[*Error](err); ok {
		return c, configErr
	}
	if err == nil {
		err = c.layers.BindEnv(keyDefaultProfile, variableProfile)
	}
	return c, err
}

// maxFile is the maximum size of a profile file in bytes.
const maxFile = 1 << 20

// readFile returns the content of a profile file, nil for one that does not exist.
func readFile(path string) ([]byte, error) {
	fail := func(problem string, err error) ([]byte, error) {
		return nil, &Error{Source: Source{Layer: FromFile, Name: path}, Message: problem, Hint: "use another file with --config or " + variableConfig, Err: err}
	}
	opened, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return fail("could not read the profiles: "+reason(err), err)
	}
	defer func() { _ = opened.Close() }() // read only
	text, err := io.ReadAll(io.LimitReader(opened, maxFile+1))
	if err != nil {
		return fail("could not read the profiles: "+reason(err), err)
	}
	if len(text) > maxFile {
		return fail(fmt.Sprintf("file is larger than %d KiB", maxFile>>10), nil)
	}
	return text, nil
}

// reason returns the system's message without the path of a path error.
func reason(err error) string {
	if failure, ok := errors.AsType[*fs.PathError](err); ok {
		return failure.Err.Error()
	}
	return err.Error()
}

// Path returns the path of the profile file, "" for none.
func (c *Config) Path() string { return c.path }

// place returns where profiles are looked for, for an error.
func (c *Config) place() string { return cmp.Or(c.path, "the environment") }

// Names returns the names of the profiles: those of the file in its order, then the built-in ones. Profiles may have
// errors, but those with an invalid name are omitted.
func (c *Config) Names() []string {
	names := c.own()
	for _, b := range c.options.Builtins {
		names = append(names, b.Name)
	}
	return names
}

// own returns the names of the profiles in the file.
func (c *Config) own() []string {
	var names []string
	for _, s := range c.file.sections {
		if _, builtin := c.builtin(s.name); !builtin && CheckName(s.name) == nil {
			names = append(names, s.name)
		}
	}
	return names
}

// Errors returns the errors in the profiles and the routes of the file. Those of the shared ledger are returned by
// [Config.Shared].
func (c *Config) Errors() Errors {
	var configErrs Errors
	for _, s := range c.file.sections {
		configErrs = append(configErrs, c.check(s, "")...)
	}
	for _, r := range c.file.routes {
		_, found := c.readRoute(r)
		configErrs = append(configErrs, found...)
	}
	return configErrs
}

// Ignored returns the errors of the profiles in the file that no command can use, because their names are invalid or
// those of built-in profiles.
func (c *Config) Ignored() Errors {
	var configErrs Errors
	for _, s := range c.file.sections {
		if !slices.Contains(c.own(), s.name) {
			configErrs = append(configErrs, c.check(s, "")...)
		}
	}
	return configErrs
}

// Warnings returns problems that are not errors: a file that other users can read, and USHER_ variables that are not
// read. They are phrases without a full stop and contain no values.
func (c *Config) Warnings() []string {
	var warnings []string
	if exposure := secret.Exposure(c.path); exposure != "" {
		warnings = append(warnings, c.path+": "+exposure)
	}
	for _, unknown := range c.UnknownVariables() {
		warnings = append(warnings, unknown.String())
	}
	return warnings
}

// builtin returns the built-in profile with a name.
func (c *Config) builtin(name string) (Builtin, bool) {
	i := slices.IndexFunc(c.options.Builtins, func(b Builtin) bool { return b.Name == name })
	if i < 0 {
		return Builtin{}, false
	}
	return c.options.Builtins[i], true
}

// settings returns the settings of a provider, or of all if it is "", those of the file format first. Each name occurs
// once.
func (c *Config) settings(provider string) []Setting {
	settings := structural()
	add := func(more []Setting) {
		for _, s := range more {
			if i := slices.IndexFunc(settings, func(known Setting) bool { return known.Name == s.Name }); i >= 0 {
				settings[i] = s
				continue
			}
			settings = append(settings, s)
		}
	}
	add(c.options.Common)
	for _, p := range c.options.Providers {
		if provider == "" || p.Name == provider {
			add(p.all())
		}
	}
	return settings
}

// providers returns the names of the providers.
func (c *Config) providers() []string {
	var names []string
	for _, p := range c.options.Providers {
		names = append(names, p.Name)
	}
	return names
}
