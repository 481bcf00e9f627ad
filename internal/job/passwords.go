package job

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/passwords"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Passwords says how the passwords of new users are generated.
type Passwords struct {
	// Generate has a password generated for each row that has none.
	Generate bool
	// Policy is their length and classes; empty for the default.
	Policy string
	// File is where they are written, and Recipients are age recipients to whom the
	// file is encrypted.
	File       string
	Recipients []string
}

// check refuses flags that contradict each other or the provider.
func (p Passwords) check(r *run) error {
	adapter := r.Selection.Adapter
	switch {
	case !p.Generate && (p.File != "" || p.Policy != "" || len(p.Recipients) > 0):
		return failure.Refuse(errors.New("--credentials, --credentials-recipient and --password-policy are for generated passwords"), "add --generate-passwords")
	case !p.Generate:
		return nil
	case len(adapter.Table.Passwords()) == 0:
		return failure.Refuse(fmt.Errorf("%s documents no password, so none can be generated", adapter.Vendor), "usher providers show "+adapter.Name)
	case p.File == "" && !r.DryRun:
		return failure.Refuse(errors.New("--generate-passwords needs --credentials FILE: nobody would know the passwords"))
	}
	_, err := p.recipients()
	return err
}

// declinesPasswords reports whether the server declares that it takes no passwords.
// If that cannot be read, nothing is declared.
func declinesPasswords(ctx context.Context, client provider.Client) bool {
	decliner, ok := client.(provider.PasswordDecliner)
	if !ok {
		return false
	}
	declines, err := decliner.DeclinesPasswords(ctx)
	return err == nil && declines
}

// refuse is the refusal of passwords by what the server declares, with the way on:
// the same import without them.
func (p Passwords) refuse(r *run) error {
	without, description := r.Command, r.intake.Roster.Description()
	subject := description.File + ": " + r.Selection.Adapter.Table.Passwords()[0].Name
	if p.Generate {
		subject = "--generate-passwords"
		without.Arguments = slices.DeleteFunc(slices.Clone(without.Arguments), func(arg string) bool {
			name, _, _ := strings.Cut(arg, "=")
			return slices.Contains([]string{"--generate-passwords", "--credentials", "--credentials-recipient", "--password-policy"}, name)
		})
	}
	next := "remove the passwords from " + description.File + " and run the command again"
	more := ""
	for _, column := range description.Columns {
		if field, ok := r.Selection.Adapter.Table.Field(column.Field); ok && field.Secret {
			more += " --ignore-column " + shell.Quote(column.Header)
		}
	}
	if p.Generate || more != "" {
		next = without.Again(strings.TrimSpace(more))
	}
	return failure.Refuse(fmt.Errorf("%s: the server declares that it takes no passwords; nothing was sent", subject), next)
}

func (p Passwords) recipients() ([]age.Recipient, error) {
	recipients, err := passwords.ParseRecipients(p.Recipients)
	if err != nil {
		return nil, failure.Refuse(fmt.Errorf("--credentials-recipient: %w", err))
	}
	return recipients, nil
}

// source returns what derives the passwords, nil if none are generated.
func (p Passwords) source() (*passwords.Source, error) {
	if !p.Generate {
		return nil, nil
	}
	policy, err := passwords.ParsePolicy(p.Policy)
	if err != nil {
		return nil, failure.Refuse(fmt.Errorf("--password-policy: %w", err))
	}
	return passwords.NewSource(policy)
}

// passwordFile is the file of generated passwords on its way: before anything is sent
// it has all that may be used, and at the end those that are.
type passwordFile struct {
	path       string // "" for none
	key        string
	recipients []age.Recipient
}

// write writes the passwords of all rows that may be sent.
func (p Passwords) write(ctx context.Context, r *run, mayCreate int) (*passwordFile, error) {
	if !p.Generate || mayCreate == 0 {
		return &passwordFile{}, nil
	}
	recipients, err := p.recipients()
	if err != nil {
		return nil, err
	}
	path, err := freeName(p.File)
	if err != nil {
		return nil, failure.Refuse(err)
	}
	file := &passwordFile{path: path, key: r.Selection.Adapter.Key, recipients: recipients}
	written, err := file.write(path, func(to *passwords.File) (int, error) { return r.intake.WritePasswords(ctx, to) })
	switch {
	case err != nil:
		return nil, failure.Refuse(err)
	case written == 0:
		return &passwordFile{}, file.discard()
	case path != p.File:
		fmt.Fprintf(r.App.Streams.Err, "%s exists and is left as it is: the passwords go to %s, which counts where both name a user.\n", p.File, path)
	}
	return file, nil
}

// freeName returns the name of a file that does not exist yet: the one that was
// asked for, or the next free number after it. The same command resumes an
// import, and what belongs to its first part is in the first file.
func freeName(wanted string) (string, error) {
	ending := filepath.Ext(wanted)
	path := wanted
	for n := 2; ; n++ {
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return "", err
		}
		if !info.Mode().IsRegular() {
			return "", fmt.Errorf("%s is no regular file, and what must not be lost is written to no other: name a new file", path)
		}
		path = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(wanted, ending), n, ending)
	}
	return path, nil
}

// write makes a file and has it filled. What fails leaves no file.
func (p *passwordFile) write(path string, fill func(*passwords.File) (int, error)) (written int, err error) {
	file, err := passwords.Create(path, p.key, p.recipients...)
	if err != nil {
		return 0, err
	}
	if written, err = fill(file); err != nil {
		return 0, errors.Join(err, file.Discard())
	}
	return written, file.Finish()
}

// prune leaves only the passwords that are in use, so that nobody is given
// one that opens no account, and says where they are.
func (p *passwordFile) prune(ctx context.Context, r *run, past ledger.PastRun) error {
	if p.path == "" {
		return nil
	}
	next := filepath.Join(filepath.Dir(p.path), "."+filepath.Base(p.path)+"-"+past.ID)
	written, err := p.write(next, func(file *passwords.File) (int, error) {
		return r.intake.WritePasswordsInUse(ctx, file, past)
	})
	switch {
	case err != nil:
		return fmt.Errorf("%s holds the password of every row that might have been sent, and cannot be cut down to those in use: %w", p.path, err)
	case written == 0:
		fmt.Fprintf(r.App.Streams.Err, "%s: no generated password in use, so it is removed\n", p.path)
		return errors.Join(os.Remove(next), p.discard())
	}
	if err := os.Rename(next, p.path); err != nil {
		return err
	}
	fmt.Fprintf(r.App.Streams.Err, "%s: %s in use\n", p.path, progress.Count(written, "generated password"))
	return nil
}

// discard removes the file: nothing was sent with its passwords.
func (p *passwordFile) discard() error {
	if p.path == "" {
		return nil
	}
	return os.Remove(p.path)
}
