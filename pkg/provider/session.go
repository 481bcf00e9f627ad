package provider

import (
	"context"
	"encoding/json"
	"time"
)

// UserSession is a login of a user that is in effect.
type UserSession struct {
	// ID is the provider's id of the session.
	ID string
	// Attributes is the provider's own JSON object for it, without tokens.
	Attributes json.RawMessage
}

// SessionLister lists the sessions of users.
type SessionLister interface {
	// Sessions returns the sessions in effect of the user with this id.
	Sessions(ctx context.Context, userID string) ([]UserSession, error)
}

// SessionRevoker ends the sessions of users.
type SessionRevoker interface {
	// RevokeSessions ends all sessions of the user with this id, so that each device must log in again. It is safe to
	// repeat it: a user without sessions is no error.
	RevokeSessions(ctx context.Context, userID string) error
}

// MFAResetter removes the second factors of users.
type MFAResetter interface {
	// ResetMFA removes all second factors of the user with this id, who can then log in with the first one and add new
	// ones. It is safe to repeat it: a user without second factors is no error.
	ResetMFA(ctx context.Context, userID string) error
}

// Recovery is a way for a user to log in once without a password. Its code and its link are secrets.
type Recovery struct {
	// Code and Link are what the user needs; either may be empty.
	Code, Link string
	// Expires is when both cease to be valid; zero if the provider does not report it.
	Expires time.Time
}

// Recoverer creates recovery codes and links.
type Recoverer interface {
	// CreateRecovery creates a code or a link for the user with this id. It sends one request, once. A lost code cannot be
	// read back, but another one can be created.
	CreateRecovery(ctx context.Context, userID string) (Recovery, error)
}
