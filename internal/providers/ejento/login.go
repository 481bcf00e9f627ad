package ejento

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

const (
	loginDocs   = "https://docs.ejento.ai/docs/tutorials/authentication-api-access"
	loginPath   = "/api/login/access-token"
	refreshPath = "/api/users/refresh-access-token"
)

// login is the documented exchange of a username and a password for two tokens: the Ejento access token, which the API
// accepts, and the access token of the authentication app, which only renews both.
func login() *provider.Login {
	return &provider.Login{
		Server: "auth-server", Path: loginPath, RefreshPath: refreshPath, Setting: "token",
		Lifetime: 7 * 24 * time.Hour, Docs: loginDocs, Tokens: readTokens,
	}
}

// readTokens reads both tokens, in the data of the envelope or next to it. The page does not name their properties;
// these are the names in the vendor's template of an application (github.com/ejentoai/Quickstart-Template,
// api/auth/refresh). A response with only one token is that of another service.
func readTokens(body []byte) (provider.Tokens, error) {
	type names struct {
		App    string `json:"access_token"`
		Ejento string `json:"ejento_access_token"`
	}
	var flat names
	var wrapped struct {
		Success *bool `json:"success"`
		Data    names `json:"data"`
	}
	// A property of another type than expected only leaves its field empty.
	_, _ = json.Unmarshal(body, &flat), json.Unmarshal(body, &wrapped)
	if wrapped.Success != nil && !*wrapped.Success {
		return provider.Tokens{}, &provider.Error{Class: provider.Denied, Op: "log in", Err: errors.New("the response denies success")}
	}
	for _, found := range []names{wrapped.Data, flat} {
		if found.Ejento != "" {
			return provider.Tokens{Access: found.Ejento, Refresh: found.App}, nil
		}
	}
	return provider.Tokens{}, errors.New("contains no ejento_access_token")
}
