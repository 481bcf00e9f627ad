package profiles

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/secret"
)

// save completes the settings of a profile and writes it. On a terminal it prompts for what is missing from a new
// profile, or for all settings of an existing one if no flag specifies one.
func (o *options) save(ctx context.Context, v *interview) error {
	read, err := o.fromStdin()
	if err != nil {
		return err
	}
	name, _ := v.given["provider"].(string)
	if v.present != nil {
		name = v.present.Provider
	}
	if v.adapter, _, err = o.app.Provider(name); err != nil {
		return failure.Refuse(err, "usher providers check "+name)
	}
	if read != "" {
		v.given[read] = secret.FromKeyring("")
	}
	if _, err := v.loaded.Preview(v.name, v.given); err != nil && v.name != "" && name != "" && !o.edits {
		return failure.Refuse(err)
	}
	missing, prompts := v.missing(), o.app.Streams.CanPrompt()
	asks := !o.edits && len(missing) > 0 || v.present != nil && len(v.given) == 0 && !v.uses
	switch {
	case asks && !prompts:
		return o.refuse(missing)
	case asks:
		err = v.run(ctx)
	case read != "":
		err = v.readSecret(ctx, read)
	case prompts:
		err = v.checkGiven(ctx, o.edits)
	}
	if err == nil {
		err = o.write(v)
	}
	if err != nil {
		return v.abandon(ctx, err)
	}
	return nil
}

// refuse returns the error for settings that are missing and cannot be prompted for.
func (o *options) refuse(missing []string) error {
	if o.edits {
		return failure.Refuse(fmt.Errorf("profile %s: required: the settings to change", o.name), "usher profiles edit --help")
	}
	words := []string{o.command([]string{"usher profiles add", cmp.Or(o.name, "NAME")})}
	var next []string
	for _, one := range missing {
		switch {
		case one == "--provider":
			next, words = []string{"usher providers list"}, append(words, "--provider NAME")
		case one == "--base-url":
			words = append(words, one+" https://tenant.example.com")
		case o.stdin[strings.TrimPrefix(one, "--")] != nil:
			words = append(words, one+" env:VARIABLE")
		case one != "NAME":
			words = append(words, one+" VALUE")
		}
	}
	return failure.Refuse(fmt.Errorf("required: %s; nothing was written", strings.Join(missing, ", ")), append(next, strings.Join(words, " "))...)
}

// write writes the profile, and prints the next step.
func (o *options) write(v *interview) error {
	put := v.loaded.Put
	if o.edits {
		put = v.loaded.Update
	}
	if o.edits && v.present != nil && len(v.given) == 0 && !v.uses {
		fmt.Fprintf(o.app.Streams.Err, "No change to profile %s.\n", v.name)
		return nil
	}
	if err := put(v.name, v.given); err != nil {
		return failure.Refuse(err)
	}
	if v.uses {
		if err := v.loaded.Use(v.name); err != nil {
			return failure.Refuse(err)
		}
	}
	fmt.Fprintf(o.app.Streams.Err, "Saved profile %s to %s.\nnext: %s\n", v.name, v.loaded.Path(), v.next())
	if byDefault, _ := v.loaded.Default(); byDefault == "" && !v.uses && !v.askedUse && !o.edits {
		fmt.Fprintf(o.app.Streams.Err, "note: to make it the default profile\nnext: usher profiles use %s\n", v.name)
	}
	return nil
}

// next returns the next step for the profile as it is in the file.
func (v *interview) next() string {
	profile, err := v.loaded.Stored(v.name)
	switch {
	case err != nil || v.adapter.Name == "":
		return "usher profiles show " + v.name
	case v.verified:
		return "usher users create -p " + v.name + " -i"
	}
	if missing := v.adapter.Auth.Missing(profile.Has); len(missing) > 0 {
		return app.HowToSet(profile, "env:VARIABLE", missing...)
	}
	if login := v.adapter.Login; login != nil && (v.awaitsLogin || v.given[login.Setting] != nil && v.isLogin(login.Setting)) {
		return "usher auth login -p " + v.name
	}
	return "usher profiles check " + v.name
}
