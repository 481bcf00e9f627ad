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

// change makes one change of the file. The function gets the file as it is now,
// under the lock, and its top mapping. touched names the profile that must be
// right afterwards, "" for none.
func (c *Config) change(apply func(now *Config, top *yaml.Node) error, touched string) error {
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
	now, err := parse(c.path, text, c.options)
	if err != nil {
		return err
	}
	changed, err := document.Edit(now.file.format, text, func(top *yaml.Node) error { return apply(now, top) })
	if errors.Is(err, document.ErrNotEditable) {
		return &Error{Source: Source{Layer: FromFile, Name: c.path}, Profile: touched, Message: err.Error(), Hint: "edit it by hand", Err: err}
	} else if err != nil {
		return err
	}
	next, err := parse(c.path, changed, c.options)
	if err != nil {
		return err
	}
	if err := next.checkProfile(touched); err != nil {
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

// checkProfile reports what would be wrong with a profile that is about to be
// written. Its places are left out: they are not in any file yet.
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

// mustExist says that a profile is built in or not in the file.
func (c *Config) mustExist(name string) error {
	if _, ok := c.file.section(name); ok {
		return nil
	}
	if _, ok := c.builtin(name); ok {
		return &Error{Profile: name, Message: "this profile is built in and cannot be changed"}
	}
	return c.unknownProfile(name, Source{})
}

func (c *Config) cannotWrite(err error) error {
	return &Error{Source: Source{Layer: FromFile, Name: c.path}, Message: "the profiles cannot be written: " + err.Error(),
		Hint: "name another file with --config or " + variableConfig, Err: err}
}

// followLinks gives the file that a path leads to through symbolic links, which
// need not exist. The link itself stays: it belongs to whoever manages it.
func followLinks(path string) (string, error) {
	const most = 40
	for range most {
		link, err := os.Readlink(path)
		if err != nil { // not a link, or nothing: reading and writing it say more
			return path, nil
		}
		if !filepath.IsAbs(link) {
			link = filepath.Join(filepath.Dir(path), link)
		}
		path = link
	}
	return "", fmt.Errorf("more than %d symbolic links lead on from it", most)
}
