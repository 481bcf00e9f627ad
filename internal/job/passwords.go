package job

import (
	"cmp"
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
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Passwords is how passwords are generated.
type Passwords struct {
	// Generate generates a password for each row without one, and Flag is its flag.
	Generate bool
	Flag     string
	// Policy is the length and character classes; empty for the default.
	Policy string
	// File is the path of the password file, and Recipients are the age recipients of the encrypted file.
	File       string
	Recipients []string
}

// check returns an error for flags that cannot be combined, or that the provider does not support.
func (p Passwords) check(r *run) error {
	adapter := r.Selection.Adapter
	switch {
	case p.Generate && len(adapter.Table.Passwords()) == 0:
		return failure.Refuse(fmt.Errorf("%s: %s has no password field", p.Flag, adapter.Vendor), "usher providers show "+adapter.Name)
	case p.Generate && p.File == "" && !r.DryRun:
		return failure.Refuse(errors.New(p.Flag+" requires --credentials FILE"), failure.Again("--credentials FILE"))
	default:
		return p.checkFlags()
	}
}

// checkFlags returns an error for flags that require another one, and for invalid ones.
func (p Passwords) checkFlags() error {
	if !p.Generate && (p.File != "" || p.Policy != "" || len(p.Recipients) > 0) {
		return failure.Refuse(errors.New("--credentials, --credentials-recipient and --password-policy require "+p.Flag), failure.Again(p.Flag))
	}
	_, err := p.recipients()
	return err
}

// checkOne returns an error for flags that cannot be combined for one user, and if a generated password would be neither
// written nor shown.
func (p Passwords) checkOne(r *run) error {
	if p.Generate && p.File == "" && !r.DryRun && !r.App.Streams.ErrIsTerminal() {
		return failure.Refuse(errors.New("cannot show the generated password: no terminal"), failure.Again("--credentials FILE"))
	}
	return p.checkFlags()
}

// one returns the generated password of one user, after it was written to the file or, without one, shown. Otherwise a
// crash could leave an account with an unknown password.
func (p Passwords) one(r *run, key string) (string, error) {
	source, err := p.source()
	if err != nil {
		return "", err
	}
	password, err := source.Password(1)
	if err != nil {
		return "", err
	}
	if p.File == "" {
		fmt.Fprintf(r.App.Streams.Err, "Password for %s (shown only once): %s\n", term.SanitizeLine(key), password)
		return password, nil
	}
	recipients, err := p.recipients()
	if err != nil {
		return "", err
	}
	file := &passwordFile{key: r.Selection.Adapter.Key, recipients: recipients}
	if _, err := file.write(p.File, func(to *passwords.File) (int, error) { return 1, to.Add(1, key, password) }); err != nil {
		return "", failure.Refuse(err)
	}
	return password, nil
}

// withdraw discards the generated password of one user if no request can have set it, so that it is not used by
// mistake and the command can be repeated. Maybe and never say what became of it.
func (p Passwords) withdraw(r *run, maybe, never string) error {
	sent, state := r.outcome.Attempts > 0, r.outcome.State
	switch {
	case sent && state == rowstate.Unknown:
		r.App.Streams.Say("", fmt.Sprintf("%s Keep %s until the outcome is known.", maybe, cmp.Or(p.File, "the password above")))
		return nil
	case sent && state == r.op.labels().command.Done:
		return nil
	case p.File == "":
		r.App.Streams.Say("", fmt.Sprintf("%s Discard this password.", never))
		return nil
	default:
		return os.Remove(p.File)
	}
}

// declinesPasswords reports whether the server declares that it accepts no passwords. If the declaration cannot be
// read, it returns false.
func declinesPasswords(ctx context.Context, client provider.Client) bool {
	decliner, ok := provider.As[provider.PasswordDecliner](client)
	if !ok {
		return false
	}
	declines, err := decliner.DeclinesPasswords(ctx)
	return err == nil && declines
}

// refuse returns the error for a server that declares that it accepts no passwords. The next step is the same
// import without passwords.
func (p Passwords) refuse(r *run) error {
	without, description := r.Command, r.intake.Roster.Description()
	subject := description.File + ": " + r.Selection.Adapter.Table.Passwords()[0].Name
	if p.Generate {
		subject = p.Flag
		without.Arguments = slices.DeleteFunc(slices.Clone(without.Arguments), func(arg string) bool {
			name, _, _ := strings.Cut(arg, "=")
			return slices.Contains([]string{p.Flag, "--credentials", "--credentials-recipient", "--password-policy"}, name)
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
	return failure.Refuse(fmt.Errorf("%s: the server declares that it accepts no passwords; nothing was sent", subject), next)
}

func (p Passwords) recipients() ([]age.Recipient, error) { return credentialsRecipients(p.Recipients) }

// credentialsRecipients returns the recipients of a credentials file.
func credentialsRecipients(texts []string) ([]age.Recipient, error) {
	recipients, err := passwords.ParseRecipients(texts)
	if err != nil {
		return nil, failure.Refuse(fmt.Errorf("--credentials-recipient: %w", err))
	}
	return recipients, nil
}

// source returns the generator of the passwords, nil if none are generated.
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

// passwordFile is the password file of a run: before anything is sent it contains all passwords that may be used,
// and at the end those in use.
type passwordFile struct {
	path       string // "" for none
	key        string
	recipients []age.Recipient
}

// write writes the passwords that fill adds: those of all rows that may be sent. The file is discarded if the run does
// not begin.
func (p Passwords) write(r *run, fill func(*passwords.File) (int, error)) (*passwordFile, error) {
	if !p.Generate {
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
	written, err := file.write(path, fill)
	switch {
	case err != nil:
		return nil, failure.Refuse(err)
	case written == 0:
		return &passwordFile{}, file.discard()
	}
	showPath(r, p.File, path)
	r.closing(func() error {
		if r.entry != nil {
			return nil // the report removes those that are not in use
		}
		return file.discard()
	})
	return file, nil
}

// showPath reports that the credentials are in another file than the requested one.
func showPath(r *run, wanted, path string) {
	if path != wanted {
		r.App.Streams.Say("", fmt.Sprintf("%s exists; writing credentials to %s, which takes precedence.", wanted, path))
	}
}

// freeName returns the path of a file that does not exist yet: the requested one, or the next free number after
// it. A resumed import has a file for each part.
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
			return "", fmt.Errorf("%s: not a regular file", path)
		}
		path = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(wanted, ending), n, ending)
	}
	return path, nil
}

// write creates a file and calls fill for its content. After an error no file remains.
func (p *passwordFile) write(path string, fill func(*passwords.File) (int, error)) (written int, err error) {
	file, err := passwords.Create(path, p.key, []string{"password"}, p.recipients...)
	if err != nil {
		return 0, err
	}
	if written, err = fill(file); err != nil {
		return 0, errors.Join(err, file.Discard())
	}
	return written, file.Finish()
}

// prune removes the passwords that are not in use, and reports the path of the file.
func (p *passwordFile) prune(ctx context.Context, r *run, past ledger.PastRun) error {
	if p.path == "" {
		return nil
	}
	next := filepath.Join(filepath.Dir(p.path), "."+filepath.Base(p.path)+"-"+past.ID)
	written, err := p.write(next, func(file *passwords.File) (int, error) {
		return r.intake.WritePasswordsInUse(ctx, file, past, r.op.labels().command)
	})
	switch {
	case err != nil:
		return fmt.Errorf("%s: could not remove unused passwords: %w", p.path, err)
	case written == 0:
		r.App.Streams.Say("", fmt.Sprintf("%s: removed; no generated password is in use", p.path))
		err := errors.Join(os.Remove(next), p.discard())
		p.path = ""
		return err
	}
	if err := os.Rename(next, p.path); err != nil {
		return err
	}
	r.App.Streams.Say("", fmt.Sprintf("%s: %s in use", p.path, progress.Count(written, "generated password")))
	return nil
}

// discard removes the file of a run that sent nothing.
func (p *passwordFile) discard() error {
	if p.path == "" {
		return nil
	}
	return os.Remove(p.path)
}
