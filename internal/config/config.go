package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/bring-aboard/usher/internal/secret"
)

// Options is what a caller knows and this package does not.
type Options struct {
	// Env reads an environment variable; nil means os.LookupEnv.
	Env func(name string) (string, bool)
	// Environ lists the environment as NAME=VALUE, for Warnings.
	Environ []string
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
	file    file
}

// Locate gives the path of the profile file: the --config flag where it is not
// empty, USHER_CONFIG, $XDG_CONFIG_HOME/usher/config.yaml, or config.yaml in the
// folder usher of the platform's own place. The file need not exist.
func Locate(env func(name string) (string, bool), flag string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	if path, ok := env(variableConfig); ok && path != "" {
		return path, nil
	}
	folder, _ := env("XDG_CONFIG_HOME")
	if !filepath.IsAbs(folder) {
		var err error
		if folder, err = os.UserConfigDir(); err != nil {
			return "", fmt.Errorf("the folder for settings is not known (%w); name the file with --config or %s", err, variableConfig)
		}
	}
	return filepath.Join(folder, "usher", "config.yaml"), nil
}

// Load reads the profile file. A missing file holds no profiles. It fails with
// a [*Fault] or [Faults] on a file that cannot be read, is not YAML, or has not
// the shape of a profile file. What is wrong inside one profile is reported when
// that profile is asked for, and by [Config.Faults].
func Load(path string, options Options) (*Config, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return parse(path, text, options)
}

// parse makes a Config of the text of a profile file.
func parse(path string, text []byte, options Options) (*Config, error) {
	if options.Env == nil {
		options.Env = os.LookupEnv
	}
	c := &Config{path: path, options: options}
	var err error
	c.file, err = readProfiles(path, text, c.isWord)
	return c, err
}

// maxFile is the most that a profile file may hold, in bytes.
const maxFile = 1 << 20

// readFile gives the content of a profile file, nothing for one that does not exist.
func readFile(path string) ([]byte, error) {
	fail := func(problem string, err error) ([]byte, error) {
		return nil, &Fault{Source: Source{Layer: FromFile, Name: path}, Problem: problem, Hint: "name another file with --config or " + variableConfig, Err: err}
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

// Faults lists what is wrong inside the profiles of the file.
func (c *Config) Faults() Faults {
	var faults Faults
	for _, s := range c.file.sections {
		faults = append(faults, c.check(s, "")...)
	}
	return faults
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

// isWord tells whether a word of the file is one of usher's own, which no
// secret can be.
func (c *Config) isWord(word string) bool {
	_, isSetting := named(c.settings(""), word)
	return isSetting || word == keyProfiles || word == keyDefaultProfile || word == "keyring" || slices.Contains(c.providers(), word)
}
