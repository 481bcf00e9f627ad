package ejento

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

const (
	loginDocs = "https://docs.ejento.ai/docs/tutorials/authentication-api-access"
	loginPath = "/api/login/access-token"
)

// login is the documented exchange of a username and a password for a bearer token.
func login() *provider.Login {
	return &provider.Login{
		Server: "auth-server", Path: loginPath, Setting: "token",
		Lifetime: 7 * 24 * time.Hour, Docs: loginDocs, Token: readToken,
	}
}

// readToken finds the token in a response whose properties are not documented: access_token, as OAuth 2.0 has it, then
// token, next to the envelope or in its data.
func readToken(body []byte) (string, error) {
	type names struct {
		AccessToken string `json:"access_token"`
		Token       string `json:"token"`
	}
	var flat names
	var wrapped struct {
		Success *bool `json:"success"`
		Data    names `json:"data"`
	}
	// A property of another type than expected only leaves its field empty.
	_, _ = json.Unmarshal(body, &flat), json.Unmarshal(body, &wrapped)
	if wrapped.Success != nil && !*wrapped.Success {
		return "", &provider.Error{Class: provider.Denied, Op: "log in", Err: errors.New("the response denies success")}
	}
	for _, token := range []string{flat.AccessToken, flat.Token, wrapped.Data.AccessToken, wrapped.Data.Token} {
		if token != "" {
			return token, nil
		}
	}
	return "", errors.New("contains neither access_token nor token, and the vendor does not document its properties")
}
