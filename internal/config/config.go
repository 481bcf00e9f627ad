package config

import (
	"bytes"
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

// Options is what a caller knows and this package does not.
type Options struct {
	// Variables names the USHER_ variables that other parts of the program read.
	Variables []string
	// Common are the settings that every provider has.
	Common []Setting
	// Providers are the providers there are, each with its own settings.
	Providers []Provider
	// Builtins are the profiles that always exist, in the order of Names.
	Builtins []Builtin
}

// Provider names a provider and its settings. One of them replaces the common
// setting of the same name, for another default.
type Provider struct {
	Name     string
	Settings []Setting
}

// Builtin is a profile that always exists and cannot be changed. What it sets is
// fixed: no variable and no flag changes it, and its secrets never come from
// the environment, so that it never speaks to, or with, what is real.
type Builtin struct {
	Name     string
	Settings map[string]string
}

// Config is the profile file as it was read, with the profiles that need none.
type Config struct {
	path    string
	options Options
	file    *file
	// layers has the content of the file, and decides with USHER_PROFILE which
	// profile is the default one.
	layers *viper.Viper
	// alone is set if no variable counts.
	alone bool
}

// delimiter separates the keys of viper. Names of profiles do not contain it.
const delimiter = "::"

// Locate returns the path of the profile file: the --config flag unless it is
// empty, USHER_CONFIG, or the one file named config.yaml, config.yml, config.json
// or config.toml in the directory usher of $XDG_CONFIG_HOME, or of the platform's
// own place. It fails if there are two of them. If there is none it returns the
// path of a config.yaml that does not exist yet.
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
			return "", fmt.Errorf("the directory for settings is not known (%w); specify the file with --config or %s", err, variableConfig)
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
		return "", &Error{Source: Source{Layer: FromFile, Name: found[0]}, Message: "more than one configuration file: " + found[1] + " exists as well",
			Hint: "remove one, or specify the file with --config or " + variableConfig}
	}
}

// Load reads the profile file. A missing file contains no profiles. It fails with
// a [*Fault] or [Errors] on a file that cannot be read, is not of its format, or
// has not the shape of a profile file. What is wrong inside one profile is
// reported when that profile is asked for, and by [Config.Errors].
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

// maxFile is the most that a profile file may hold, in bytes.
const maxFile = 1 << 20

// readFile gives the content of a profile file, nothing for one that does not exist.
func readFile(path string) ([]byte, error) {
	fail := func(problem string, err error) ([]byte, error) {
		return nil, &Error{Source: Source{Layer: FromFile, Name: path}, Message: problem, Hint: "name another file with --config or " + variableConfig, Err: err}
	}
	opened, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return fail("the profiles cannot be read: "+reason(err), err)
	}
	defer func() { _ = opened.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(opened, maxFile+1))
	if err != nil {
		return fail("the profiles cannot be read: "+reason(err), err)
	}
	if len(text) > maxFile {
		return fail(fmt.Sprintf("the file is larger than %d KiB, too much for profiles", maxFile>>10), nil)
	}
	return text, nil
}

// reason gives the system's own words without the path that a path error repeats.
func reason(err error) string {
	if failure, ok := errors.AsType[*fs.PathError](err); ok {
		return failure.Err.Error()
	}
	return err.Error()
}

// Path gives the path of the profile file.
func (c *Config) Path() string { return c.path }

// Names lists the profiles: those of the file in its order, then the built-in
// ones. Some may have faults; those whose very name is one are left out.
func (c *Config) Names() []string {
	names := c.own()
	for _, b := range c.options.Builtins {
		names = append(names, b.Name)
	}
	return names
}

// own lists the profiles of the file by name.
func (c *Config) own() []string {
	var names []string
	for _, s := range c.file.sections {
		if _, builtin := c.builtin(s.name); !builtin && CheckName(s.name) == nil {
			names = append(names, s.name)
		}
	}
	return names
}

// Errors lists what is wrong inside the profiles of the file.
func (c *Config) Errors() Errors {
	var configErrs Errors
	for _, s := range c.file.sections {
		configErrs = append(configErrs, c.check(s, "")...)
	}
	return configErrs
}

// Warnings lists what is not an error and should not stay: a file that others
// can open, and USHER_ variables that nothing reads. They are sentences without
// a full stop and hold no values.
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

// builtin finds a built-in profile.
func (c *Config) builtin(name string) (Builtin, bool) {
	i := slices.IndexFunc(c.options.Builtins, func(b Builtin) bool { return b.Name == name })
	if i < 0 {
		return Builtin{}, false
	}
	return c.options.Builtins[i], true
}

// settings lists the settings of a provider, or of all where it is "", those
// of the format first. Each name stands once.
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
			add(p.Settings)
		}
	}
	return settings
}

// providers lists the names of the providers.
func (c *Config) providers() []string {
	var names []string
	for _, p := range c.options.Providers {
		names = append(names, p.Name)
	}
	return names
}
