package sulu

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// apiKeyTable lists the options of create-api-key-for-user.
func apiKeyTable() schema.Table {
	return schema.Table{
		{Name: "expiresAt", Format: schema.DateTime, Title: "Expires at", Help: "expiry as a date-time, for example 2030-01-31T00:00:00Z"},
		{Name: "mode", Title: "Mode", Help: "test or live (provider default: live)", Suggestions: []string{"test", "live"}},
		{Name: "organizationIds", Kind: schema.Strings, Flag: "organization-id", Title: "Organization ids",
			Help: "id of an organization for the key (repeatable)"},
	}
}

// APIKeys follows list-users-api-keys.
func (c *client) APIKeys(ctx context.Context, userID string) ([]provider.APIKey, error) {
	const op = "list the user's API keys"
	path, err := userPath(op, userID)
	if err != nil {
		return nil, err
	}
	answer, err := c.transport.Do(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: path + "/apikeys", AnswerSecrets: [][]string{{"apiKeys", "key"}}})
	if err != nil {
		return nil, err
	}
	var list struct {
		APIKeys []json.RawMessage `json:"apiKeys"`
	}
	if err := json.Unmarshal(answer.Body, &list); err != nil {
		return nil, provider.BadResponse(op, answer.Status, err)
	}
	if list.APIKeys == nil {
		return nil, provider.BadResponse(op, answer.Status, errors.New(`"apiKeys" is missing`))
	}
	keys := make([]provider.APIKey, len(list.APIKeys))
	for i, object := range list.APIKeys {
		if keys[i], err = provider.ReadAPIKey(object, "key"); err != nil {
			return nil, provider.BadResponse(op, answer.Status, err)
		}
	}
	return keys, nil
}

// CreateAPIKey follows create-api-key-for-user.
func (c *client) CreateAPIKey(ctx context.Context, userID string, options schema.Record) (provider.APIKey, error) {
	const op = "create an API key"
	path, err := userPath(op, userID)
	if err != nil {
		return provider.APIKey{}, err
	}
	body, err := provider.Encode(op, apiKeyTable(), options)
	if err != nil {
		return provider.APIKey{}, err
	}
	answer, err := c.transport.Do(ctx, provider.Request{
		Op: op, Method: http.MethodPost, Path: path + "/apikeys", Body: body, AnswerSecrets: [][]string{{"key"}},
	})
	if err != nil {
		return provider.APIKey{}, err
	}
	key, err := provider.ReadAPIKey(answer.Body, "key")
	if err == nil && key.Key == "" {
		err = errors.New(`"key" is missing`)
	}
	if err != nil {
		return provider.APIKey{}, provider.BadResponse(op, answer.Status, err)
	}
	return key, nil
}
