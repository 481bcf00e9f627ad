package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/passwords"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Recoveries is the credentials file to which recovery codes and links are written. They are shown nowhere else.
type Recoveries struct {
	// File is the path of the file, and Recipients are the age recipients of the encrypted file.
	File       string
	Recipients []string

	mu      sync.Mutex
	file    *passwords.File
	written int
}

// check returns an error if there is no file, or its recipients are invalid.
func (c *Recoveries) check(r *run) error {
	if c.File == "" && !r.DryRun {
		return failure.Refuse(errors.New("--credentials FILE is required: recovery codes are written to it and shown nowhere else"), failure.Again("--credentials FILE"))
	}
	_, err := credentialsRecipients(c.Recipients)
	return err
}

// open creates the file. It is completed when the run ends, and removed if no code was created.
func (c *Recoveries) open(r *run) error {
	path, err := freeName(c.File)
	if err != nil {
		return failure.Refuse(err)
	}
	showPath(r, c.File, path)
	recipients, err := credentialsRecipients(c.Recipients)
	if err != nil {
		return err
	}
	if c.file, err = passwords.Create(path, r.Selection.Adapter.Key, []string{"code", "link", "expires"}, recipients...); err != nil {
		return failure.Refuse(err)
	}
	r.closing(func() error {
		if c.written == 0 {
			return c.file.Discard()
		}
		r.App.Streams.Say("", fmt.Sprintf("%s: %s", path, progress.Count(c.written, "recovery code")))
		return c.file.Finish()
	})
	return nil
}

// add stores the recovery of one user. It is called concurrently.
func (c *Recoveries) add(item engine.Item, recovery provider.Recovery) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	expires := ""
	if !recovery.Expires.IsZero() {
		expires = recovery.Expires.UTC().Format(time.RFC3339)
	}
	c.written++
	return c.file.Add(item.Line, cmp.Or(item.StoredKey, item.Key), recovery.Code, recovery.Link, expires)
}

// Recovery creates recovery codes for the users of a roster.
type Recovery struct {
	Recoveries *Recoveries

	Action
}

// Run creates the codes. The error has the exit status and the next steps.
func (c *Recovery) Run(ctx context.Context, j *Job) error {
	c.Verb = ops.Recover(c.Recoveries.add)
	return j.run(ctx, c)
}

func (c *Recovery) check(r *run) error { return cmp.Or(c.Action.check(r), c.Recoveries.check(r)) }

func (c *Recovery) files() []namedPath { return []namedPath{{"--credentials", c.Recoveries.File}} }

func (c *Recovery) prepare(ctx context.Context, r *run, info *ledger.RunInfo) error {
	if r.toSend > 0 {
		if err := c.Recoveries.open(r); err != nil {
			return err
		}
	}
	return c.Action.prepare(ctx, r, info)
}

// RecoveryOne creates a recovery code for the user that a key or an id identifies.
type RecoveryOne struct {
	Recoveries *Recoveries

	ActionOne
}

// Run creates the code. The error has the exit status and the next steps.
func (c *RecoveryOne) Run(ctx context.Context, j *Job) error {
	c.Verb = ops.Recover(c.Recoveries.add)
	return j.runOne(ctx, c)
}

func (c *RecoveryOne) check(r *run) error { return cmp.Or(c.ActionOne.check(r), c.Recoveries.check(r)) }

func (c *RecoveryOne) prepare(ctx context.Context, r *run, info *ledger.RunInfo) error {
	if err := c.Recoveries.open(r); err != nil {
		return err
	}
	return c.ActionOne.prepare(ctx, r, info)
}
