package job

import (
	"cmp"
	"context"
	"fmt"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/passwords"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/scratch"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// ResumedFlag is the flag of `usher users password` with the values of [Password].Resumed.
const ResumedFlag = "resumed-run"

// Password sets the passwords of the users of a roster. No read shows whose password is set, so only the ledger knows who
// is done.
type Password struct {
	Passwords Passwords
	// Resumed are the runs that this one resumes. The users whose passwords they have set are left alone.
	Resumed []string

	Action
	isSet map[ledger.Digest]bool // by the resumed runs
	file  *passwordFile
}

// Run sets the passwords. The error has the exit status and the next steps.
func (p *Password) Run(ctx context.Context, j *Job) error {
	p.Verb = ops.SetPassword()
	return j.run(ctx, p)
}

func (p *Password) check(r *run) error {
	return cmp.Or(checkPassword(r.Selection.Adapter), p.Passwords.check(r), CanAsk(r.Selection.Adapter))
}

// checkPassword returns an error if the provider documents no way to set the password of a user.
func checkPassword(adapter provider.Adapter) error {
	if len(amend.PasswordFields(adapter)) == 0 {
		return app.NotDocumented(adapter, rowstate.CommandOf(rowstate.CommandPassword).Verb+" a user")
	}
	return nil
}

// checkServer returns an error if the server does not declare that passwords can be changed, although its kind does.
func checkServer(ctx context.Context, r *run) error {
	changer, ok := provider.As[provider.PasswordChanger](r.connection.Client)
	if !ok {
		return nil
	}
	switch changes, err := changer.ChangesPasswords(ctx); {
	case err != nil:
		return app.ProviderFailure(r.Selection, err)
	case !changes:
		return failure.Refuse(fmt.Errorf("%s: the server does not declare that passwords can be changed; nothing was sent", r.Selection.Target),
			"usher doctor -p "+r.Selection.Profile.Name)
	default:
		return nil
	}
}

func (p *Password) files() []namedPath { return []namedPath{{"--credentials", p.Passwords.File}} }

func (p *Password) read(ctx context.Context, r *run) error {
	source, err := p.Passwords.source()
	if err != nil {
		return err
	}
	options := roster.Options{Table: amend.PasswordTable(r.Selection.Adapter), Generator: p.Passwords.Flag + " --credentials FILE"}
	if p.Passwords.Generate {
		options.Later = amend.PasswordFields(r.Selection.Adapter).Names()
	}
	if err := r.readRoster(ctx, func(ctx context.Context, link *app.LazyConnection, to *scratch.File) (*importSource, error) {
		return r.reader.openTable(ctx, link, to, options)
	}); err != nil {
		return err
	}
	r.intake.Passwords = source
	p.comparison = &amend.Comparison{Import: r.intake}
	p.subjects = p.comparison.SetPasswords(func(digest ledger.Digest) bool { return p.isSet[digest] })
	return nil
}

// plan reads the state of every user at the provider, and in the ledger who is done.
func (p *Password) plan(ctx context.Context, r *run) error {
	if err := checkServer(ctx, r); err != nil {
		return err
	}
	p.isSet = map[ledger.Digest]bool{}
	for _, id := range p.Resumed {
		if err := p.addSet(ctx, r, id); err != nil {
			return failure.Refuse(err, "usher runs list")
		}
	}
	return p.Action.plan(ctx, r)
}

// addSet adds the users whose passwords were set by a run, or by one that it resumed.
func (p *Password) addSet(ctx context.Context, r *run, id string) error {
	past, err := r.book.Run(ctx, id)
	switch {
	case err != nil:
		return err
	case past.Command != rowstate.CommandPassword || past.Target != r.Selection.Target:
		return fmt.Errorf("run %s set no passwords in %s; nothing was sent", past.ID, r.Selection.Target)
	}
	for entry, err := range r.book.Rows(ctx, past, rowstate.Updated, rowstate.Unchanged) {
		if err != nil {
			return err
		}
		p.isSet[entry.Digest] = true
	}
	return nil
}

// prepare stores the passwords of all users that may be sent.
func (p *Password) prepare(ctx context.Context, r *run, info *ledger.RunInfo) (err error) {
	info.Plan = r.intake.Plan
	p.file, err = p.Passwords.write(r, func(file *passwords.File) (int, error) {
		return p.comparison.WritePasswords(ctx, p.subjects, file)
	})
	return err
}

func (p *Password) finish(ctx context.Context, r *run, past *ledger.PastRun, _ *reportDoc) error {
	if past == nil {
		return nil
	}
	return p.file.prune(ctx, r, *past)
}

// PasswordOne sets the password of the user that a key or an id identifies.
type PasswordOne struct {
	// Password is the new password; empty to generate it.
	Password  string
	Passwords Passwords

	ActionOne
}

// Run sets the password. The error has the exit status and the next steps.
func (p *PasswordOne) Run(ctx context.Context, j *Job) error {
	p.Verb = ops.SetPassword()
	return j.runOne(ctx, p)
}

func (p *PasswordOne) check(r *run) error {
	adapter := r.Selection.Adapter
	if err := cmp.Or(checkPassword(adapter), app.CanLocate(adapter), p.Passwords.checkOne(r)); err != nil || p.Password == "" {
		return err
	}
	if fieldErrs := amend.PasswordFields(adapter).Validate(p.changes(r, p.Password)); len(fieldErrs) > 0 {
		return failure.Refuse(fieldErrs)
	}
	return nil
}

// changes returns the values that set a password.
func (p *PasswordOne) changes(r *run, password string) schema.Record {
	changes := schema.Record{}
	for _, field := range amend.PasswordFields(r.Selection.Adapter) {
		changes[field.Name] = password
	}
	return changes
}

func (p *PasswordOne) plan(ctx context.Context, r *run) error {
	if err := checkServer(ctx, r); err != nil {
		return err
	}
	return p.ActionOne.plan(ctx, r)
}

// prepare generates the password, if none is specified.
func (p *PasswordOne) prepare(_ context.Context, r *run, _ *ledger.RunInfo) (err error) {
	password := p.Password
	if password == "" {
		if err := p.takeFreeName(r); err != nil {
			return err
		}
		if password, err = p.Passwords.one(r, p.user.Key); err != nil {
			return err
		}
		r.closing(func() error {
			return p.Passwords.withdraw(r, "The password may have been set.", "The password was not set.")
		})
	}
	p.subject.Changes = p.changes(r, password)
	return nil
}

// takeFreeName changes the path of the password file to one that does not exist yet.
func (p *PasswordOne) takeFreeName(r *run) error {
	if p.Passwords.File == "" {
		return nil
	}
	path, err := freeName(p.Passwords.File)
	if err != nil {
		return failure.Refuse(err)
	}
	showPath(r, p.Passwords.File, path)
	p.Passwords.File = path
	return nil
}

func (p *PasswordOne) result(r *run, outcome engine.Result) error {
	if outcome.State != rowstate.Unknown {
		return p.ActionOne.result(r, outcome)
	}
	return failure.Fail(failure.StatusUnknown, fmt.Errorf("%s %q: outcome of the password change is unknown: %w", r.Selection.Adapter.Key, outcome.Key, outcome.Err),
		failure.Note("a password cannot be read back; it is safe to set it again"), r.repeatCommand("--yes"))
}

func (p *PasswordOne) preview(ctx context.Context, r *run) error {
	p.subject.Changes = p.changes(r, cmp.Or(p.Password, "generated"))
	return p.ActionOne.preview(ctx, r)
}
