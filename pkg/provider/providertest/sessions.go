package providertest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/bring-aboard/usher/pkg/provider"
)

// sessionChecks returns the checks of sessions, second factors and recovery, if the client supports them.
func sessionChecks() []Check {
	return []Check{
		{"sessions are revoked, also when there are none", having(checkRevoked)},
		{"second factors are removed, also when there are none", having(checkMFAReset)},
		{"a recovery has a code or a link", having(checkRecovery)},
		{"errors contain no recovery code", having(checkRecoveryErrors)},
	}
}

// sessionOperations lists the operations on the sessions, the second factors and the recovery of a user.
func sessionOperations(client provider.Client) []operation {
	var listed []operation
	if _, ok := provider.As[provider.SessionLister](client); ok {
		listed = append(listed, operation{power: provider.CapabilitySessions, about: true, call: func(ctx context.Context, client provider.Client, target target) error {
			_, err := provider.Must[provider.SessionLister](client).Sessions(ctx, target.user.ID)
			return err
		}})
	}
	if _, ok := provider.As[provider.SessionRevoker](client); ok {
		listed = append(listed, operation{power: provider.CapabilityRevoke, about: true, changes: true, call: func(ctx context.Context, client provider.Client, target target) error {
			return provider.Must[provider.SessionRevoker](client).RevokeSessions(ctx, target.user.ID)
		}})
	}
	if _, ok := provider.As[provider.Recoverer](client); ok {
		listed = append(listed, operation{power: provider.CapabilityRecovery, about: true, changes: true, call: func(ctx context.Context, client provider.Client, target target) error {
			_, err := provider.Must[provider.Recoverer](client).CreateRecovery(ctx, target.user.ID)
			return err
		}})
	}
	return listed
}

// checkRevoked revokes the sessions of a user twice. Another user keeps theirs.
func checkRevoked(tr *trial, revoker provider.SessionRevoker, s *stage) error {
	made, err := tr.createMany(2)
	if err != nil {
		return err
	}
	users := slices.Collect(maps.Values(made))
	user, other := users[0].ID, users[1].ID
	lister, lists := provider.As[provider.SessionLister](revoker)
	var found findings
	before := 0
	if lists {
		sessions, err := lister.Sessions(tr.t.Context(), other)
		if err != nil {
			return err
		}
		before = len(sessions)
		found.add(tr.checkSent(s, provider.CapabilitySessions))
	}
	for range 2 {
		s.change(tr.pass)
		found.in("revoking", revoker.RevokeSessions(tr.t.Context(), user))
		found.add(tr.checkChange(s, provider.CapabilityRevoke))
	}
	if !lists {
		return found.err()
	}
	for id, want := range map[string]int{user: 0, other: before} {
		sessions, err := lister.Sessions(tr.t.Context(), id)
		found.in("listing", err)
		if len(sessions) != want {
			found.addf("there are %d sessions, want %d", len(sessions), want)
		}
	}
	return found.err()
}

func checkMFAReset(tr *trial, resetter provider.MFAResetter, s *stage) error {
	user, _, err := tr.create(tr.record(1))
	if err != nil {
		return err
	}
	for range 2 {
		s.change(tr.pass)
		if err := resetter.ResetMFA(tr.t.Context(), user.ID); err != nil {
			return err
		}
		if err := tr.checkSent(s, provider.CapabilityResetMFA); err != nil {
			return err
		}
	}
	return nil
}

// checkRecovery creates two recoveries.
func checkRecovery(tr *trial, recoverer provider.Recoverer, s *stage) error {
	user, _, err := tr.create(tr.record(1))
	if err != nil {
		return err
	}
	codes := map[provider.Recovery]bool{}
	for range 2 {
		recovery, err := recoverer.CreateRecovery(tr.t.Context(), user.ID)
		switch {
		case err != nil:
			return err
		case recovery.Code == "" && recovery.Link == "":
			return errors.New("neither a code nor a link")
		}
		codes[recovery] = true
		if err := tr.checkSent(s, provider.CapabilityRecovery); err != nil {
			return err
		}
	}
	if len(codes) != 2 {
		return fmt.Errorf("two recoveries of a user are equal")
	}
	return nil
}

// checkRecoveryErrors breaks a genuine response that contains a code.
func checkRecoveryErrors(tr *trial, recoverer provider.Recoverer, s *stage) error {
	user, _, err := tr.create(tr.record(1))
	if err != nil {
		return err
	}
	s.change(tr.pass)
	recovery, err := recoverer.CreateRecovery(tr.t.Context(), user.ID)
	if err != nil {
		return err
	}
	genuine, err := s.last()
	if err != nil {
		return err
	}
	var found findings
	for name, reply := range repliesOf(genuine.answer) {
		s.change(always(reply))
		_, err := recoverer.CreateRecovery(tr.t.Context(), user.ID)
		for _, secret := range []string{recovery.Code, recovery.Link} {
			if leak := leakOf(err, secret); secret != "" && leak != "" {
				found.addf("%s: the recovery stands in the error's %s", name, leak)
			}
		}
	}
	return found.err()
}
