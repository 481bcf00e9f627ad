package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"
	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/internal/document"
	"github.com/bring-aboard/usher/internal/secret"
)

// change changes the file. It calls apply under the lock with the current content and its top mapping. touched is the
// profile that must be valid afterwards, "" for none.
func (c *Config) change(apply func(now *Config, top *yaml.Node) error, touched string) error {
	if c.path == "" {
		return ErrNoDirectory
	}
	target, err := followLinks(c.path)
	if err != nil {
		return c.cannotWrite(err)
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return c.cannotWrite(err)
	}
	unlock, err := lockedfile.MutexAt(target + ".lock").Lock()
	if err != nil {
		return c.cannotWrite(err)
	}
	defer unlock()

	text, err := readFile(c.path)
	if err != nil {
		return err
	}
	changed, next, err := c.edited(text, apply, touched)
	if err != nil {
		return err
	}
	if !bytes.Equal(text, changed) {
		if err := secret.ReplaceFile(target, changed); err != nil {
			return c.cannotWrite(err)
		}
	}
	*c = *next
	return nil
}

// edited returns a text of the file with the change, and its content. It writes nothing.
func (c *Config) edited(text []byte, apply func(now *Config, top *yaml.Node) error, touched string) (changed []byte, next *Config, err error) {
	now, err := parse(c.path, text, c.options)
	if err != nil {
		return nil, nil, err
	}
	changed, err = document.Edit(now.file.format, text, func(top *yaml.Node) error { return apply(now, top) })
	if errors.Is(err, document.ErrNotEditable) {
		return nil, nil, &Error{Source: Source{Layer: FromFile, Name: c.path}, Profile: touched, Message: err.Error(), Hint: "edit it by hand", Err: err}
	} else if err != nil {
		return nil, nil, err
	}
	if next, err = parse(c.path, changed, c.options); err != nil {
		return nil, nil, err
	}
	return changed, next, next.checkProfile(touched)
}

// checkProfile returns the errors in a profile before it is written. They have no places, because it is not in a file
// yet.
func (c *Config) checkProfile(name string) error {
	s, ok := c.file.section(name)
	if !ok || name == "" {
		return nil
	}
	configErrs := c.check(s, "")
	if len(configErrs) == 0 && s.value(settingProvider) == "" {
		configErrs = Errors{c.missingProvider(s)}
	}
	for _, configErr := range configErrs {
		configErr.Source = Source{}
	}
	return configErrs.err()
}

// Exists returns an [*Error] if a profile is built in, and an [*UnknownProfileError] if it is not in the file.
func (c *Config) Exists(name string) error {
	if _, ok := c.file.section(name); ok {
		return nil
	}
	if _, ok := c.builtin(name); ok {
		return &Error{Profile: name, Message: "built in, cannot be changed"}
	}
	return c.unknownProfile(name, Source{})
}

func (c *Config) cannotWrite(err error) error {
	return &Error{Source: Source{Layer: FromFile, Name: c.path}, Message: "could not write the profiles: " + err.Error(),
		Hint: "use another file with --config or " + variableConfig, Err: err}
}

// followLinks returns the target of a path through symbolic links. The target does not have to exist. A write
// replaces the target instead of the link, which other software may manage.
func followLinks(path string) (string, error) {
	const most = 40
	for range most {
		link, err := os.Readlink(path)
		if err != nil { // not a link, or not found: a later read or write reports errors
			return path, nil
		}
		if !filepath.IsAbs(link) {
			link = filepath.Join(filepath.Dir(path), link)
		}
		path = link
	}
	return "", fmt.Errorf("more than %d symbolic links", most)
}
