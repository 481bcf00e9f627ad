package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/bring-aboard/usher/internal/secret"
)

// change makes one change of the file. The function gets the file as it is now,
// under the lock. touched names the profile that must be right afterwards, "" for none.
func (c *Config) change(apply func(now *Config, d *document) error, touched string) error {
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
	d, err := openDocument(text)
	if err != nil {
		return c.cannotWrite(err)
	}
	if err := apply(now, d); errors.Is(err, errNotEditable) {
		return &Fault{Source: Source{Layer: FromFile, Name: c.path}, Profile: touched, Problem: err.Error(), Hint: "edit it by hand", Err: err}
	} else if err != nil {
		return err
	}
	next, err := parse(c.path, d.text, c.options)
	if err != nil {
		return err
	}
	if err := next.checkTouched(touched); err != nil {
		return err
	}
	if !bytes.Equal(text, d.text) {
		if err := secret.ReplaceFile(target, d.text); err != nil {
			return c.cannotWrite(err)
		}
	}
	*c = *next
	return nil
}

// checkTouched reports what would be wrong with a profile that is about to be
// written. Its places are left out: they are not in any file yet.
func (c *Config) checkTouched(name string) error {
	s, ok := c.file.section(name)
	if !ok || name == "" {
		return nil
	}
	faults := c.check(s, "")
	if len(faults) == 0 && s.value(settingProvider) == "" {
		faults = Faults{c.missingProvider(s)}
	}
	for _, fault := range faults {
		fault.Source = Source{}
	}
	return faults.err()
}

// mustExist says that a profile is built in or not in the file.
func (c *Config) mustExist(name string) error {
	if _, ok := c.file.section(name); ok {
		return nil
	}
	if _, ok := c.builtin(name); ok {
		return &Fault{Profile: name, Problem: "this profile is built in and cannot be changed"}
	}
	return c.unknownProfile(name, Source{})
}

func (c *Config) cannotWrite(err error) error {
	return &Fault{Source: Source{Layer: FromFile, Name: c.path}, Problem: "the profiles cannot be written: " + err.Error(),
		Hint: "name another file with --config or " + variableConfig, Err: err}
}

// followLinks gives the file that a path leads to through symbolic links, which
// need not exist. The link itself stays: it belongs to whoever manages it.
func followLinks(path string) (string, error) {
	const most = 40
	for range most {
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return path, nil
		}
		if err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			return path, nil
		}
		link, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(link) {
			link = filepath.Join(filepath.Dir(path), link)
		}
		path = link
	}
	return "", fmt.Errorf("more than %d symbolic links lead on from it", most)
}
