package ory

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// Sessions follows listIdentitySessions.
func (c *client) Sessions(ctx context.Context, userID string) ([]provider.UserSession, error) {
	const op = "list the sessions"
	path, err := identityPath(op, userID)
	if err != nil {
		return nil, err
	}
	paging := provider.Paging[provider.UserSession]{Op: op, Size: pageSize, ID: func(session provider.UserSession) string { return session.ID }}
	var sessions []provider.UserSession
	for session, err := range paging.ByCursor(func(cursor string) (provider.Page[provider.UserSession], error) {
		query := url.Values{"active": {"true"}}
		if cursor != "" {
			query.Set("page_token", cursor)
		}
		return c.sessionPage(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: path + "/sessions", Query: query, Absence: isNotFound})
	}) {
		if err != nil {
			return nil, err
		}
		sessions = append(sessions, session)
	}
	return sessions, nil
}

// sessionPage reads one response of a list of sessions. Kratos returns 404 for a user without sessions.
func (c *client) sessionPage(ctx context.Context, request provider.Request) (provider.Page[provider.UserSession], error) {
	page := provider.Page[provider.UserSession]{Total: -1}
	answer, err := c.transport.Do(ctx, request)
	if provider.AbsenceOf(err) == provider.AbsenceDocumented {
		return page, nil
	}
	if err != nil {
		return page, err
	}
	var objects []json.RawMessage
	err = provider.Unmarshal(answer.Body, &objects)
	if err == nil && objects == nil {
		err = errors.New("not a list")
	}
	if err == nil {
		page.Next, err = nextToken(answer.Header.Values("Link"))
	}
	for _, object := range objects {
		if err != nil {
			break
		}
		var session provider.UserSession
		session, err = readSession(object)
		page.Members = append(page.Members, session)
	}
	if err != nil {
		return provider.Page[provider.UserSession]{}, provider.BadResponse(request.Op, answer.Status, err)
	}
	return page, nil
}

// readSession reads a session without its token and the identity, which repeats the user.
func readSession(object json.RawMessage) (provider.UserSession, error) {
	properties, err := provider.Properties(object)
	if err != nil {
		return provider.UserSession{}, err
	}
	id, _ := properties["id"].(string)
	if id == "" {
		return provider.UserSession{}, errors.New(`"id" is missing`)
	}
	delete(properties, "identity")
	delete(properties, "tokenized")
	attributes, err := json.Marshal(properties)
	return provider.UserSession{ID: id, Attributes: attributes}, err
}

// RevokeSessions follows deleteIdentitySessions.
func (c *client) RevokeSessions(ctx context.Context, userID string) error {
	const op = "revoke the sessions"
	path, err := identityPath(op, userID)
	if err != nil {
		return err
	}
	return c.remove(ctx, op, path+"/sessions")
}

// secondFactors returns the types of credentials that are second factors.
func secondFactors() []string { return []string{"totp", "webauthn", "lookup_secret"} }

// ResetMFA follows deleteIdentityCredentials for each kind of second factor.
func (c *client) ResetMFA(ctx context.Context, userID string) error {
	const op = "remove the second factors"
	path, err := identityPath(op, userID)
	if err != nil {
		return err
	}
	for _, factor := range secondFactors() {
		if err := c.remove(ctx, op, path+"/credentials/"+factor); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes what a path identifies, which may not exist: Kratos documents 404 for it.
func (c *client) remove(ctx context.Context, op, path string) error {
	answer, err := c.transport.Do(ctx, provider.Request{Op: op, Method: http.MethodDelete, Path: path, Absence: isNotFound})
	switch {
	case provider.AbsenceOf(err) == provider.AbsenceDocumented:
		return nil
	case err == nil && answer.Status != http.StatusNoContent:
		return provider.BadResponse(op, answer.Status, errors.New("the documented response is 204 No Content"))
	default:
		return err
	}
}

// CreateRecovery follows createRecoveryCodeForIdentity.
func (c *client) CreateRecovery(ctx context.Context, userID string) (provider.Recovery, error) {
	const op = "create the recovery code"
	body, err := json.Marshal(map[string]string{"identity_id": userID})
	if err != nil {
		return provider.Recovery{}, &provider.Error{Class: provider.Invalid, Op: op, Err: err}
	}
	answer, err := c.transport.Do(ctx, provider.Request{
		Op: op, Method: http.MethodPost, Path: "/admin/recovery/code", Body: body, Absence: isNotFound,
		AnswerSecrets: [][]string{{"recovery_code"}, {"recovery_link"}},
	})
	if err != nil {
		return provider.Recovery{}, err
	}
	var created struct {
		Code    string    `json:"recovery_code"`
		Link    string    `json:"recovery_link"`
		Expires time.Time `json:"expires_at"`
	}
	err = provider.Unmarshal(answer.Body, &created)
	if err == nil && created.Code == "" {
		err = errors.New(`"recovery_code" is missing`)
	}
	if err != nil {
		return provider.Recovery{}, provider.BadResponse(op, answer.Status, err)
	}
	return provider.Recovery(created), nil
}
