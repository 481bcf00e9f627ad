package sandbox

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"github.com/google/uuid"
)

// recoveryLifetime is the time for which Ory's codes are valid by default.
const recoveryLifetime = time.Hour

// listSessions returns one session, in effect since the identity was created, until it is revoked. No user logs in here.
func (a oryAPI) listSessions(r *request) (answer, error) {
	identity, err := a.identity(r)
	if err != nil {
		return answer{}, err
	}
	revoked, err := a.isLoggedOut(r.Context(), r.PathValue("id"))
	if err != nil || revoked {
		return jsonAnswer(http.StatusOK, []any{}), err
	}
	id := uuid.NewSHA1(uuid.NameSpaceURL, []byte(r.PathValue("id")))
	return jsonAnswer(http.StatusOK, []any{map[string]any{
		"id": id, "active": true, "authenticated_at": identity["created_at"], "issued_at": identity["created_at"],
		"authenticator_assurance_level": "aal1", "identity": identity,
		"devices": []any{map[string]any{"id": id, "ip_address": "192.0.2.10", "user_agent": "Mozilla/5.0"}},
	}}), nil
}

// deleteSessions refuses, as Ory does, to revoke the sessions of an identity that has none.
func (a oryAPI) deleteSessions(r *request) (answer, error) {
	if _, err := a.identity(r); err != nil {
		return answer{}, err
	}
	if revoked, err := a.isLoggedOut(r.Context(), r.PathValue("id")); err != nil || revoked {
		return answer{}, orNone(err, "no sessions")
	}
	_, err := a.store.writer.ExecContext(context.WithoutCancel(r.Context()),
		"INSERT INTO logged_out (provider, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING", episodeOf(r.Context()).place(oryProvider), r.PathValue("id"))
	return answer{status: http.StatusNoContent}, err
}

// isLoggedOut reports whether the sessions of an identity were revoked.
func (a oryAPI) isLoggedOut(ctx context.Context, id string) (revoked bool, err error) {
	err = a.store.reader.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM logged_out WHERE provider = ? AND user_id = ?)",
		episodeOf(ctx).place(oryProvider), id).Scan(&revoked)
	return revoked, err
}

// deleteCredentials finds no second factor: none can be created here.
func (a oryAPI) deleteCredentials(r *request) (answer, error) {
	_, err := a.identity(r)
	return answer{}, orNone(err, "no such credential")
}

// createRecoveryCode returns a code that recovers nothing.
func (a oryAPI) createRecoveryCode(r *request) (answer, error) {
	wanted := struct {
		IdentityID string `json:"identity_id"`
	}{}
	if err := r.decode(object(member{name: "identity_id", required: true, check: filled}, member{name: "expires_in", check: text}), &wanted); err != nil {
		return answer{}, err
	}
	var identity map[string]any
	if err := a.load(r.Context(), oryProvider, byID, wanted.IdentityID, &identity); err != nil {
		return answer{}, err
	}
	flow := uuid.NewString()
	return jsonAnswer(http.StatusCreated, map[string]any{
		"recovery_code": rand.Text(), "recovery_link": "https://project.example.com/self-service/recovery?flow=" + flow,
		"expires_at": oryTime(a.now().Add(recoveryLifetime)),
	}), nil
}

// identity returns the identity in the path.
func (a oryAPI) identity(r *request) (identity map[string]any, err error) {
	return identity, a.load(r.Context(), oryProvider, byID, r.PathValue("id"), &identity)
}

// orNone returns the error, or without one that there is nothing to delete.
func orNone(err error, what string) error {
	if err == nil {
		err = refuse(http.StatusNotFound, "%s", what)
	}
	return err
}
