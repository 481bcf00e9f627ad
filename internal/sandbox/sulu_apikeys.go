package sandbox

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
)

// suluPrincipal is the user and the organization of an API key.
type suluPrincipal struct {
	ID             string `json:"id"`
	OrganizationID string `json:"organizationId"`
}

// suluAPIKey is an API key that the sandbox has created. It grants no access.
type suluAPIKey struct {
	Key        string          `json:"key"`
	Principals []suluPrincipal `json:"principals"`
	CreatedAt  string          `json:"createdAt"`
	UpdatedAt  string          `json:"updatedAt"`
	ExpiresAt  *string         `json:"expiresAt"`
}

func (a suluAPI) listAPIKeys(r *request) (answer, error) {
	user, err := a.userByID(r.Context(), r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	keys, err := a.store.apiKeys(r.Context(), episodeOf(r.Context()).place(suluProvider), user.ID)
	return jsonAnswer(http.StatusOK, map[string]any{"apiKeys": keys}), err
}

// createAPIKey accepts no body as an empty object, because every field is optional.
func (a suluAPI) createAPIKey(r *request) (answer, error) {
	wanted := struct {
		ExpiresAt       *string  `json:"expiresAt"`
		Mode            string   `json:"mode"`
		OrganizationIDs []string `json:"organizationIds"`
	}{Mode: "live"}
	if len(r.body) > 0 {
		if err := r.decode(object(
			member{name: "expiresAt", check: dateTime},
			member{name: "mode", check: oneOf("test", "live")},
			member{name: "organizationIds", check: list(0, filled)},
		), &wanted); err != nil {
			return answer{}, err
		}
	}
	user, err := a.userByID(r.Context(), r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	if len(wanted.OrganizationIDs) == 0 {
		wanted.OrganizationIDs = []string{user.Organization}
	}
	now := suluTime(a.now())
	key := suluAPIKey{
		Key: "sk_" + wanted.Mode + "_" + rand.Text(), Principals: []suluPrincipal{},
		CreatedAt: now, UpdatedAt: now, ExpiresAt: wanted.ExpiresAt,
	}
	for _, organization := range wanted.OrganizationIDs {
		key.Principals = append(key.Principals, suluPrincipal{ID: user.ID, OrganizationID: organization})
	}
	document, err := json.Marshal(key)
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusCreated, key), a.store.addAPIKey(r.Context(), episodeOf(r.Context()).place(suluProvider), user.ID, document)
}
