package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

const suluProvider = "sulu"

// suluAPI is the API of Sulu, version 0. Its pages document no error body: the sandbox returns an object that contains
// a message.
type suluAPI struct{ *backend }

func sulu(b *backend) dialect {
	api := suluAPI{b}
	return dialect{
		provider: suluProvider,
		prefix:   "/sulu",
		base:     "/sulu/v0",
		key:      [][]string{{"email"}},
		optional: []string{"phone"},
		routes: []route{
			{method: http.MethodPost, path: "/v0/users", does: creates, serve: api.createUser},
			{method: http.MethodGet, path: "/v0/users", does: lists, query: []string{"email", "oryId", "organization"}, serve: api.listUsers},
			{method: http.MethodGet, path: "/v0/users/{id}", does: readsOne, serve: api.getUser},
			{method: http.MethodPatch, path: "/v0/users/{id}", does: changes, serve: api.updateUser},
			{method: http.MethodGet, path: "/v0/users/{id}/apikeys", serve: api.listAPIKeys},
			{method: http.MethodPost, path: "/v0/users/{id}/apikeys", serve: api.createAPIKey},
		},
		authenticate: suluAuthenticate,
		shape: func(p *problem) answer {
			return jsonAnswer(p.status, map[string]string{"message": p.message})
		},
	}
}

func suluAuthenticate(r *request) error {
	token := r.bearer()
	if token == "" {
		return unauthorized("header Authorization: Bearer <token> required")
	}
	return rehearse(token)
}

type suluAddress struct {
	Line1   *string `json:"line1,omitempty"`
	Line2   *string `json:"line2,omitempty"`
	City    *string `json:"city,omitempty"`
	State   *string `json:"state,omitempty"`
	Country *string `json:"country,omitempty"`
	ZipCode *string `json:"zipCode,omitempty"`
}

// suluProfile is the part of a user that can be changed.
type suluProfile struct {
	FirstName *string      `json:"firstName,omitempty"`
	LastName  *string      `json:"lastName,omitempty"`
	Phone     *string      `json:"phone,omitempty"`
	Address   *suluAddress `json:"address,omitempty"`
}

// suluIdentity is the part of a user that cannot be changed.
type suluIdentity struct {
	Email        string `json:"email"`
	OryID        string `json:"oryId"`
	Organization string `json:"organization"`
}

// suluUser is the user object of the responses. Roles are not part of it.
type suluUser struct {
	ID     string `json:"id"`
	Object string `json:"object"`
	suluIdentity
	suluProfile
	CreatedAt string `json:"createdAt"`
	UpdatedAt string `json:"updatedAt"`
}

func suluProfileRules() []member {
	return []member{
		{name: "firstName", check: text},
		{name: "lastName", check: text},
		{name: "phone", check: text},
		{name: "address", check: object(
			member{name: "line1", check: text},
			member{name: "line2", check: text},
			member{name: "city", check: text},
			member{name: "state", check: text},
			member{name: "country", check: text},
			member{name: "zipCode", check: text},
		)},
	}
}

// suluUserRules are those of a create. The page requires strings only; an empty one in a required field counts as
// missing.
func suluUserRules() check {
	return object(append([]member{
		{name: "email", required: true, check: filled},
		{name: "oryId", required: true, check: filled},
		{name: "organization", required: true, check: filled},
		{name: "roles", check: list(0, text)},
	}, suluProfileRules()...)...)
}

func (a suluAPI) createUser(r *request) (answer, error) {
	var wanted struct {
		suluIdentity
		suluProfile
	}
	if err := r.decode(suluUserRules(), &wanted); err != nil {
		return answer{}, err
	}
	now := suluTime(a.now())
	user := suluUser{
		ID: "usr_" + strings.ToLower(rand.Text()), Object: "user",
		suluIdentity: wanted.suluIdentity, suluProfile: wanted.suluProfile,
		CreatedAt: now, UpdatedAt: now,
	}
	err := a.create(r.Context(), suluProvider, user.Email, func(int64) (string, any) { return user.ID, user })
	return jsonAnswer(http.StatusCreated, user), err
}

// listUsers returns all users at once: no paging is documented.
func (a suluAPI) listUsers(r *request) (answer, error) {
	if email, given := r.query["email"]; given {
		found, err := a.withEmail(r, email)
		return jsonAnswer(http.StatusOK, map[string]any{"users": found}), err
	}
	return answer{status: http.StatusOK, stream: func(w io.Writer) error { return a.streamUsers(r, w) }}, nil
}

func (a suluAPI) withEmail(r *request, email string) ([]json.RawMessage, error) {
	users, err := a.withKey(r.Context(), suluProvider, email)
	found := []json.RawMessage{}
	for _, user := range users {
		if suluMatches(user, r.query) {
			found = append(found, user.Document)
		}
	}
	return found, err
}

func (a suluAPI) streamUsers(r *request, w io.Writer) error {
	separator, users := `{"users":[`, a.listed
	if len(r.query) > 0 {
		users = a.users
	}
	for user, err := range users(r.Context(), suluProvider) {
		if err != nil {
			return err
		}
		if !suluMatches(user, r.query) {
			continue
		}
		if _, err := io.WriteString(w, separator+string(user.Document)); err != nil {
			return err
		}
		separator = ","
	}
	end := "]}"
	if separator != "," {
		end = separator + end
	}
	_, err := io.WriteString(w, end)
	return err
}

// suluMatches compares a user with the filters other than the email address.
func suluMatches(user User, query map[string]string) bool {
	oryID, byOryID := query["oryId"]
	organization, byOrganization := query["organization"]
	if !byOryID && !byOrganization {
		return true
	}
	var identity suluIdentity
	if err := json.Unmarshal(user.Document, &identity); err != nil {
		return false
	}
	return (!byOryID || identity.OryID == oryID) && (!byOrganization || identity.Organization == organization)
}

func (a suluAPI) getUser(r *request) (answer, error) {
	user, err := a.userByID(r.Context(), r.PathValue("id"))
	return jsonAnswer(http.StatusOK, user), err
}

func (a suluAPI) userByID(ctx context.Context, id string) (suluUser, error) {
	var user suluUser
	err := a.load(ctx, suluProvider, byID, id, &user)
	return user, err
}

// updateUser replaces each given field. An address is one field: its parts are replaced together.
func (a suluAPI) updateUser(r *request) (answer, error) {
	var wanted suluProfile
	if err := r.decode(object(suluProfileRules()...), &wanted); err != nil {
		return answer{}, err
	}
	var user suluUser
	err := a.update(r.Context(), suluProvider, byID, r.PathValue("id"), &user, func() string {
		replace(&user.FirstName, wanted.FirstName)
		replace(&user.LastName, wanted.LastName)
		replace(&user.Phone, wanted.Phone)
		replace(&user.Address, wanted.Address)
		user.UpdatedAt = suluTime(a.now())
		return user.Email
	})
	return jsonAnswer(http.StatusOK, user), err
}

// replace changes a field unless the new value is absent.
func replace[T any](field **T, value *T) {
	if value != nil {
		*field = value
	}
}

// suluTime writes a time in RFC 3339, to the millisecond.
func suluTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }
