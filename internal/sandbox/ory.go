package sandbox

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
)

const (
	oryProvider  = "ory"
	oryPrefix    = "/ory"
	oryIdentity  = "/admin/identities/{id}"
	oryAllUsers  = "/admin/identities"
	oryPasswords = 200  // identities of a batch, one of them with a plain password
	oryBatch     = 1000 // identities of any other batch
)

// oryAPI is the admin API of identities as an Ory Network project has it. The project has two identity schemas, each
// with its own identifier.
type oryAPI struct{ *backend }

func ory(b *backend) dialect {
	api := oryAPI{b}
	return dialect{
		provider: oryProvider,
		prefix:   oryPrefix,
		base:     oryPrefix,
		key:      [][]string{{"traits", "email"}, {"traits", "contact", "email"}},
		optional: []string{"traits.name"},
		routes: []route{
			{method: http.MethodPost, path: oryAllUsers, does: creates, serve: api.createIdentity},
			{method: http.MethodGet, path: oryAllUsers, does: lists, query: []string{"page_size", "page_token", "credentials_identifier"}, serve: api.listIdentities},
			{method: http.MethodPatch, path: oryAllUsers, does: creates, serve: api.createIdentities},
			{method: http.MethodGet, path: oryIdentity, does: readsOne, serve: api.getIdentity},
			{method: http.MethodPatch, path: oryIdentity, does: changes, serve: api.patchIdentity},
			{method: http.MethodPut, path: oryIdentity, does: changes, serve: api.updateIdentity},
			{method: http.MethodGet, path: "/admin/identities/by/external/{external_id}", does: readsOne, serve: api.getByExternalID},
			{method: http.MethodDelete, path: oryIdentity, does: deletes, serve: api.deleteIdentity},
			{method: http.MethodGet, path: oryIdentity + "/sessions", does: readsOne, query: []string{"active", "page_token"}, serve: api.listSessions},
			{method: http.MethodDelete, path: oryIdentity + "/sessions", does: changes, serve: api.deleteSessions},
			{method: http.MethodDelete, path: oryIdentity + "/credentials/{type}", does: changes, serve: api.deleteCredentials},
			{method: http.MethodPost, path: "/admin/recovery/code", does: changes, serve: api.createRecoveryCode},
			{method: http.MethodGet, path: "/schemas/{id}", serve: api.getSchema},
		},
		authenticate: oryAuthenticate,
		shape: func(p *problem) answer {
			return jsonAnswer(p.status, map[string]any{"error": oryRefusal(p)})
		},
	}
}

func oryAuthenticate(r *request) error {
	token := r.bearer()
	if token == "" {
		return unauthorized("header Authorization: Bearer <API key> required")
	}
	return rehearse(token)
}

// oryRefusal is the error of a refusal, or of one identity of a batch.
func oryRefusal(p *problem) map[string]any {
	return map[string]any{
		"code": p.status, "status": http.StatusText(p.status), "reason": p.message, "message": "The request could not be carried out",
	}
}

// oryRules are those of a create, except for the traits, which follow the schema.
func oryRules() check {
	return object(
		member{name: "schema_id", required: true, check: filled},
		member{name: "traits", required: true, check: anyObject},
		member{name: "credentials", check: oryCredentials()},
		member{name: "verifiable_addresses", check: list(0, object(
			member{name: "value", required: true, check: filled},
			member{name: "verified", required: true, check: truth},
			member{name: "via", required: true, check: oneOf("email", "sms")},
			member{name: "status", required: true, check: oneOf("pending", "sent", "completed")},
		))},
		member{name: "state", check: oneOf("active", "inactive")},
		member{name: "external_id", check: text},
		member{name: "organization_id", check: uuidText},
		member{name: "metadata_public", check: anyObject},
		member{name: "metadata_admin", check: anyObject},
	)
}

// oryCredentials are the rules of a password or of its hash.
func oryCredentials() check {
	return object(member{name: "password", check: object(member{name: "config", required: true, check: object(
		member{name: "password", check: filled},
		member{name: "hashed_password", check: passwordHash},
	)})})
}

// passwordHash accepts what begins as the documented formats of hashes do.
func passwordHash(at string, value any) []violation {
	return validate(at, value, "must be a hash in a known format", func(s string) bool {
		return strings.HasPrefix(s, "$") || strings.HasPrefix(s, "{SSHA")
	})
}

func truth(at string, value any) []violation {
	if _, isBool := value.(bool); !isBool {
		return badRequest(at, "must be true or false")
	}
	return nil
}

func anyObject(at string, value any) []violation {
	if _, isObject := value.(map[string]any); !isObject {
		return badRequest(at, "must be a JSON object")
	}
	return nil
}

func (a oryAPI) createIdentity(r *request) (answer, error) {
	var wanted map[string]any
	if err := r.decode(oryRules(), &wanted); err != nil {
		return answer{}, err
	}
	identity, err := a.make(r.Context(), wanted)
	if err != nil {
		return answer{}, err
	}
	created := jsonAnswer(http.StatusCreated, identity)
	created.setHeader("Location", "http://"+r.Host+"/identities/"+identity["id"].(string)) // without /admin, as Ory has it
	return created, nil
}

// make stores the identity of a valid body.
func (a oryAPI) make(ctx context.Context, wanted map[string]any) (map[string]any, error) {
	key, err := oryIdentifier(wanted)
	if err != nil {
		return nil, err
	}
	now := oryTime(a.now())
	identity := map[string]any{
		"id": uuid.NewString(), "schema_id": wanted["schema_id"], "schema_url": "https://project.example.com/schemas/" + orySegment(wanted["schema_id"].(string)),
		"state": "active", "state_changed_at": now, "traits": wanted["traits"],
		"credentials":     map[string]any{"password": map[string]any{"type": "password", "identifiers": []string{strings.ToLower(key)}, "version": 0}},
		"metadata_public": nil, "metadata_admin": nil, "organization_id": nil, "created_at": now, "updated_at": now,
	}
	for _, name := range []string{"state", "verifiable_addresses", "external_id", "organization_id", "metadata_public", "metadata_admin"} {
		if value, given := wanted[name]; given {
			identity[name] = value
		}
	}
	return identity, a.create(ctx, oryProvider, key, func(int64) (string, any) { return identity["id"].(string), identity })
}

func (a oryAPI) getIdentity(r *request) (answer, error) {
	var identity map[string]any
	err := a.load(r.Context(), oryProvider, byID, r.PathValue("id"), &identity)
	return jsonAnswer(http.StatusOK, identity), err
}

// getByExternalID reads the identity with an external id.
func (a oryAPI) getByExternalID(r *request) (answer, error) {
	for after := int64(0); ; {
		users, err := a.pageAfter(r.Context(), oryProvider, after, oryBatch)
		if err != nil {
			return answer{}, err
		}
		for _, user := range users {
			identity, err := asObject(user.Document)
			if err != nil {
				return answer{}, err
			}
			if identity["external_id"] == r.PathValue("external_id") {
				return jsonAnswer(http.StatusOK, identity), nil
			}
			after = user.number
		}
		if len(users) < oryBatch {
			return answer{}, refuse(http.StatusNotFound, "Unable to locate the resource")
		}
	}
}

func (a oryAPI) deleteIdentity(r *request) (answer, error) {
	return answer{status: http.StatusNoContent}, a.remove(r.Context(), oryProvider, r.PathValue("id"))
}

// patchIdentity applies the steps together, and checks the result as a create is checked.
func (a oryAPI) patchIdentity(r *request) (answer, error) {
	steps, err := readPatch(r)
	if err != nil {
		return answer{}, err
	}
	var identity map[string]any
	err = a.change(r.Context(), oryProvider, byID, r.PathValue("id"), func(user User) (string, []byte, error) {
		if identity, err = asObject(user.Document); err != nil {
			return "", nil, err
		}
		if err := applyPatch(identity, steps); err != nil {
			return "", nil, err
		}
		key, err := validatePatched(identity)
		if err != nil {
			return "", nil, err
		}
		identity["updated_at"] = oryTime(a.now())
		document, err := encodeJSON(identity)
		return key, document, err
	})
	return jsonAnswer(http.StatusOK, identity), err
}

// updateIdentity replaces an identity, and its password if the body has one. What the body omits is lost, except the
// credentials and what it cannot contain: the organization and the addresses.
func (a oryAPI) updateIdentity(r *request) (answer, error) {
	var wanted map[string]any
	if err := r.decode(oryUpdateRules(), &wanted); err != nil {
		return answer{}, err
	}
	var identity map[string]any
	err := a.change(r.Context(), oryProvider, byID, r.PathValue("id"), func(user User) (string, []byte, error) {
		var err error
		if identity, err = asObject(user.Document); err != nil {
			return "", nil, err
		}
		for _, name := range []string{"schema_id", "traits", "state", "external_id", "metadata_public", "metadata_admin"} {
			identity[name] = wanted[name]
		}
		if identity["external_id"] == nil {
			delete(identity, "external_id")
		}
		key, err := oryIdentifier(identity)
		if err != nil {
			return "", nil, err
		}
		if password, ok := identity["credentials"].(map[string]any)["password"].(map[string]any); ok && wanted["credentials"] != nil {
			password["updated_at"] = oryTime(a.now())
		}
		identity["updated_at"] = oryTime(a.now())
		document, err := encodeJSON(identity)
		return key, document, err
	})
	return jsonAnswer(http.StatusOK, identity), err
}

// oryUpdateRules are those of updateIdentity, except for the traits.
func oryUpdateRules() check {
	return object(
		member{name: "schema_id", required: true, check: filled},
		member{name: "traits", required: true, check: anyObject},
		member{name: "state", required: true, check: oneOf("active", "inactive")},
		member{name: "credentials", check: oryCredentials()},
		member{name: "external_id", check: text},
		member{name: "metadata_public", check: anyObject},
		member{name: "metadata_admin", check: anyObject},
	)
}

// validatePatched checks what can be patched against the rules.
func validatePatched(identity map[string]any) (key string, err error) {
	body := map[string]any{}
	for _, name := range []string{"schema_id", "traits", "state", "external_id", "organization_id"} {
		if value := identity[name]; value != nil {
			body[name] = value
		}
	}
	if found := oryRules()("", body); len(found) > 0 {
		return "", &problem{status: http.StatusBadRequest, message: summary(found)}
	}
	return oryIdentifier(identity)
}

// oryTime writes a time in RFC 3339, to the microsecond.
func oryTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z07:00") }
