package referee

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// StepState is what was seen of an operation at the real system.
type StepState string

// The states of a step.
const (
	StepWorks        StepState = "works"
	StepFails        StepState = "fails"
	StepUnknown      StepState = "unknown" // it may have been done
	StepNotTried     StepState = "not tried"
	StepNotDescribed StepState = "not described"
)

// Step is what was seen of one operation.
type Step struct {
	Operation string
	State     StepState
	// Err is the reason for a step that does not work; nil otherwise.
	Err error
}

// LiveResult is what was seen of all operations.
type LiveResult struct {
	Steps []Step
	// Left are the test users that may still be at the provider.
	Left []provider.User
}

// IsUnknown reports whether the outcome of a create is unknown.
func (r *LiveResult) IsUnknown() bool {
	return slices.ContainsFunc(r.Steps, func(step Step) bool { return step.State == StepUnknown })
}

// Worst returns the first error of a step that failed, that of an unknown outcome before others; nil if none failed.
func (r *LiveResult) Worst() error {
	var worst error
	for _, step := range r.Steps {
		if step.Err != nil && (worst == nil && step.State == StepFails || step.State == StepUnknown) {
			worst = step.Err
		}
	}
	return worst
}

// Live creates one test user at the real system, reads, updates and deletes it, or else
// deactivates it, and returns what was seen to work. The
// changes are what is updated, empty for nothing. wait is the time after which a read that does not have the user is
// repeated, twice. A user that was created is deleted even if a step fails or the context ends.
func Live(ctx context.Context, client provider.Client, adapter provider.Adapter, record, changes schema.Record, wait time.Duration) *LiveResult {
	l := &live{client: client, table: adapter.Table, key: record.Text(adapter.Key), wait: wait, result: &LiveResult{}}
	l.finder, _ = provider.As[provider.Finder](client)
	if l.isAdmitted(ctx) && l.isThere(ctx) {
		l.create(ctx, record)
		if len(l.made) > 0 {
			l.find(ctx)
			l.list(ctx)
			l.get(ctx)
			l.update(ctx, changes)
			l.conflict(ctx, record)
		}
	}
	l.deleteAll(ctx)
	return l.result
}

type live struct {
	client provider.Client
	finder provider.Finder
	table  schema.Table
	key    string
	wait   time.Duration
	// made are the users that were created and not deleted.
	made   []provider.User
	result *LiveResult
}

func (l *live) add(operation string, state StepState, err error) {
	l.result.Steps = append(l.result.Steps, Step{operation, state, err})
}

// see adds a step that works if there is no error.
func (l *live) see(operation string, err error) {
	switch {
	case err == nil:
		l.add(operation, StepWorks, nil)
	case errors.Is(err, context.Canceled):
		l.add(operation, StepNotTried, err)
	default:
		l.add(operation, StepFails, err)
	}
}

// isAdmitted checks the credentials. It returns false if nothing must be sent: with wrong ones, some systems create a
// user and refuse to delete it.
func (l *live) isAdmitted(ctx context.Context) bool {
	checker, ok := provider.As[provider.Checker](l.client)
	if !ok {
		return true
	}
	err := checker.Check(ctx)
	l.see("check", err)
	return err == nil
}

// isThere looks the key up before the create. It returns false if the create must not be sent.
func (l *live) isThere(ctx context.Context) bool {
	if l.finder == nil {
		return true
	}
	found, err := l.finder.Find(ctx, l.key)
	switch {
	case err == nil:
		l.add("find before create", StepFails, fmt.Errorf("a user with the key of the test user exists: id %q", found.ID))
		return false
	case provider.ClassOf(err) != provider.NotFound:
		l.see("find before create", err)
		return false
	}
	l.add("find before create", StepWorks, nil)
	return true
}

func (l *live) create(ctx context.Context, record schema.Record) {
	user, err := l.client.Create(ctx, record)
	if err != nil && provider.ClassOf(err) == provider.Unknown {
		l.add("create", StepUnknown, err)
		l.remember(context.WithoutCancel(ctx), provider.User{Key: l.key})
		return
	}
	l.see("create", err)
	if err == nil {
		l.remember(ctx, user)
	}
}

// remember notes a user that may exist. An id that is missing is looked up.
func (l *live) remember(ctx context.Context, user provider.User) {
	if user.ID == "" && l.finder != nil {
		if found, err := l.finder.Find(ctx, l.key); err == nil {
			user = found
		}
	}
	l.made = append(l.made, user)
}

// again repeats a read until it succeeds: a provider may show a new user late.
func (l *live) again(ctx context.Context, read func() error) error {
	for attempt := 0; ; attempt++ {
		err := read()
		if err == nil || attempt == 2 {
			return err
		}
		select {
		case <-time.After(l.wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// is returns an error unless a user is the one that was created.
func (l *live) is(user provider.User) error {
	if made := l.made[0].ID; made != "" && user.ID != made {
		return fmt.Errorf("it returns the id %q, the create returned %q", user.ID, made)
	}
	return nil
}

func (l *live) find(ctx context.Context) {
	if l.finder == nil {
		l.add("find", StepNotDescribed, nil)
		return
	}
	l.see("find", l.again(ctx, func() error {
		user, err := l.finder.Find(ctx, l.key)
		if err == nil {
			err = l.is(user)
		}
		return err
	}))
}

func (l *live) list(ctx context.Context) {
	lister, ok := provider.As[provider.Lister](l.client)
	if !ok {
		l.add("list", StepNotDescribed, nil)
		return
	}
	l.see("list", l.again(ctx, func() error {
		for user, err := range lister.List(ctx, nil) {
			if err != nil {
				return err
			}
			if user.ID == l.made[0].ID || user.Key == l.key {
				return nil
			}
		}
		return errors.New("the list does not have the user")
	}))
}

func (l *live) get(ctx context.Context) {
	getter, ok := provider.As[provider.Getter](l.client)
	switch {
	case !ok:
		l.add("get", StepNotDescribed, nil)
	case l.made[0].ID == "":
		l.add("get", StepNotTried, errors.New("the id is not known"))
	default:
		l.see("get", l.again(ctx, func() error {
			user, err := getter.Get(ctx, l.made[0].ID)
			if err == nil {
				err = l.is(user)
			}
			return err
		}))
	}
}

// update changes the user and reads it again.
func (l *live) update(ctx context.Context, changes schema.Record) {
	updater, ok := provider.As[provider.Updater](l.client)
	switch {
	case !ok:
		l.add("update", StepNotDescribed, nil)
		return
	case len(changes) == 0:
		l.add("update", StepNotTried, errors.New("no field can be changed without harm"))
		return
	case l.made[0].ID == "":
		l.add("update", StepNotTried, errors.New("the id is not known"))
		return
	}
	user, err := updater.Update(ctx, l.made[0].ID, changes)
	if getter, ok := provider.As[provider.Getter](l.client); ok && err == nil {
		err = l.again(ctx, func() error {
			if user, err = getter.Get(ctx, l.made[0].ID); err != nil {
				return err
			}
			return l.has(user, changes)
		})
	}
	l.see("update", err)
}

// has returns an error unless a user has the values of a record.
func (l *live) has(user provider.User, record schema.Record) error {
	read := user.Record(l.table)
	for name, value := range record {
		if !reflect.DeepEqual(read[name], value) {
			return fmt.Errorf("the provider accepted the change, and the field %s has the old value", name)
		}
	}
	return nil
}

// conflict sends the same create again, which must be refused as the description says.
func (l *live) conflict(ctx context.Context, record schema.Record) {
	if ctx.Err() != nil {
		l.add("conflict", StepNotTried, ctx.Err())
		return
	}
	user, err := l.client.Create(ctx, record)
	switch {
	case err == nil:
		l.made = append(l.made, user)
		l.add("conflict", StepFails, errors.New("a second user with the same key was created: the provider does not refuse it"))
	case provider.ClassOf(err) == provider.Conflict:
		l.add("conflict", StepWorks, nil)
	case provider.ClassOf(err) == provider.Unknown:
		l.made = append(l.made, provider.User{Key: l.key})
		l.add("conflict", StepUnknown, err)
	default:
		l.add("conflict", StepFails, fmt.Errorf("the refusal is not understood as a conflict: %w", err))
	}
}

// deleteAll removes what was created, even after an interrupt.
func (l *live) deleteAll(ctx context.Context) {
	deleter, ok := provider.As[provider.Deleter](l.client)
	if len(l.made) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if !ok {
		l.add("delete", StepNotDescribed, nil)
		l.result.Left = l.made
		l.deactivate(ctx)
		return
	}
	var failed error
	for _, user := range l.made {
		err := errors.New("the id is not known")
		if user.ID == "" && l.finder != nil {
			if found, findErr := l.finder.Find(ctx, l.key); findErr == nil {
				user = found
			}
		}
		if user.ID != "" {
			if err = deleter.Delete(ctx, user.ID); err == nil {
				err = l.isGone(ctx, user.ID)
			}
		}
		if err != nil {
			failed = errors.Join(failed, err)
			l.result.Left = append(l.result.Left, user)
		}
	}
	l.see("delete", failed)
}

// deactivate removes the access of users that cannot be deleted.
func (l *live) deactivate(ctx context.Context) {
	deactivator, ok := provider.As[provider.Deactivator](l.client)
	if !ok {
		return
	}
	var failed error
	for _, user := range l.made {
		err := errors.New("the id is not known")
		if user.ID != "" {
			_, err = deactivator.Deactivate(ctx, user.ID)
		}
		failed = errors.Join(failed, err)
	}
	l.see("deactivate", failed)
}

// isGone returns an error unless a get says that a deleted user is absent.
func (l *live) isGone(ctx context.Context, id string) error {
	getter, ok := provider.As[provider.Getter](l.client)
	if !ok {
		return nil
	}
	return l.again(ctx, func() error {
		_, err := getter.Get(ctx, id)
		switch {
		case err == nil:
			return errors.New("the provider accepted the delete, and the user can still be read")
		case provider.ClassOf(err) != provider.NotFound:
			return err
		default:
			return nil
		}
	})
}
