package users

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/credentials"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
)

// checkPasswords refuses flags about passwords that contradict each other or
// the provider.
func (o *importOptions) checkPasswords() error {
	adapter := o.selection.Adapter
	switch {
	case !o.generate && (o.credentials != "" || o.policy != "" || len(o.recipients) > 0):
		return app.Refuse(errors.New("--credentials, --credentials-recipient and --password-policy are for generated passwords"), "add --generate-passwords")
	case !o.generate:
		return nil
	case len(adapter.Table.Passwords()) == 0:
		return app.Refuse(fmt.Errorf("%s documents no password, so none can be generated", adapter.Vendor), "usher providers show "+adapter.Name)
	case o.credentials == "" && !o.dryRun:
		return app.Refuse(errors.New("--generate-passwords needs --credentials FILE: nobody would know the passwords"))
	}
	_, err := o.ageRecipients()
	return err
}

func (o *importOptions) ageRecipients() ([]age.Recipient, error) {
	recipients, err := credentials.ParseRecipients(o.recipients)
	if err != nil {
		return nil, app.Refuse(fmt.Errorf("--credentials-recipient: %w", err))
	}
	return recipients, nil
}

// passwords gives what derives the passwords, nil where none are generated.
func (o *importOptions) passwords() (*credentials.Source, error) {
	if !o.generate {
		return nil, nil
	}
	policy, err := credentials.ParsePolicy(o.policy)
	if err != nil {
		return nil, app.Refuse(fmt.Errorf("--password-policy: %w", err))
	}
	return credentials.NewSource(policy)
}

// passwordFile is the file of generated passwords on its way: before anything
// is sent it holds all that may be used, and at the end those that are.
type passwordFile struct {
	path       string // "" where there are none
	key        string
	recipients []age.Recipient
}

// writePasswords writes the passwords of all rows that may be sent.
func (o *importOptions) writePasswords(ctx context.Context, i *intake.Import, plan importPlan) (*passwordFile, error) {
	if !o.generate || plan.mayCreate == 0 {
		return &passwordFile{}, nil
	}
	recipients, err := o.ageRecipients()
	if err != nil {
		return nil, err
	}
	path, err := freeName(o.credentials)
	if err != nil {
		return nil, app.Refuse(err)
	}
	p := &passwordFile{path: path, key: o.selection.Adapter.Key, recipients: recipients}
	written, err := p.write(p.path, func(file *credentials.File) (int, error) { return i.WritePasswords(ctx, file) })
	switch {
	case err != nil:
		return nil, app.Refuse(err)
	case written == 0:
		return &passwordFile{}, p.discard()
	case path != o.credentials:
		fmt.Fprintf(o.app.Streams.Err, "%s exists and is left as it is: the passwords go to %s, which counts where both name a user.\n", o.credentials, path)
	}
	return p, nil
}

// freeName gives the name of a file that does not exist yet: the one that was
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
func (p *passwordFile) write(path string, fill func(*credentials.File) (int, error)) (written int, err error) {
	file, err := credentials.Create(path, p.key, p.recipients...)
	if err != nil {
		return 0, err
	}
	if written, err = fill(file); err != nil {
		return 0, errors.Join(err, file.Discard())
	}
	return written, file.Finish()
}

// settle leaves only the passwords that are in use, so that nobody is given
// one that opens no account, and says where they are.
func (p *passwordFile) settle(ctx context.Context, o *importOptions, i *intake.Import, book *ledger.Ledger, run ledger.PastRun) error {
	if p.path == "" {
		return nil
	}
	next := filepath.Join(filepath.Dir(p.path), "."+filepath.Base(p.path)+"-"+run.ID)
	written, err := p.write(next, func(file *credentials.File) (int, error) { return i.WritePasswordsInUse(ctx, file, book, run) })
	switch {
	case err != nil:
		return fmt.Errorf("%s holds the password of every row that might have been sent, and cannot be cut down to those in use: %w", p.path, err)
	case written == 0:
		fmt.Fprintf(o.app.Streams.Err, "%s: no generated password in use, so it is removed\n", p.path)
		return errors.Join(os.Remove(next), p.discard())
	}
	if err := os.Rename(next, p.path); err != nil {
		return err
	}
	fmt.Fprintf(o.app.Streams.Err, "%s: %s in use\n", p.path, count(written, "generated password"))
	return nil
}

// discard removes the file: nothing was sent with its passwords.
func (p *passwordFile) discard() error {
	if p.path == "" {
		return nil
	}
	return os.Remove(p.path)
}
