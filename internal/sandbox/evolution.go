package sandbox

import (
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

const (
	evolutionProvider  = "evolution"
	evolutionPrefix    = "/evolution"
	evolutionAPIPath   = "/referentiel/api/v1"
	evolutionTokenPath = "/oauth/v3/token"
)

// The gateway's documented codes for refused credentials.
const (
	codeMissing = 40
	codeInvalid = 41
	codeExpired = 42
)

// evolutionAPI is the referential API of Orange's Evolution Platform, behind
// Orange's gateway. No code is documented for other refusals than those of
// credentials: the sandbox repeats the status there.
type evolutionAPI struct{ *backend }

func evolution(b *backend) dialect {
	api := evolutionAPI{b}
	paging := []string{"limit", "offset"}
	return dialect{
		provider: evolutionProvider,
		prefix:   evolutionPrefix,
		base:     evolutionPrefix + evolutionAPIPath,
		key:      [][]string{{"identityName"}},
		optional: []string{"displayName"},
		keyIsID:  true,
		routes: []route{
			{method: http.MethodPost, path: evolutionTokenPath, open: true, serve: api.issueToken},
			{method: http.MethodPost, path: evolutionAPIPath + "/users", does: creates, serve: api.createUser},
			{method: http.MethodGet, path: evolutionAPIPath + "/users", does: lists, query: paging, serve: api.listUsers},
			{method: http.MethodGet, path: evolutionAPIPath + "/users/{identityName}", does: readsOne, serve: api.getUser},
			{method: http.MethodPatch, path: evolutionAPIPath + "/users/{identityName}", does: changes, serve: api.updateUser},
			{method: http.MethodGet, path: evolutionAPIPath + "/roles", query: paging, serve: api.listRoles},
		},
		authenticate: api.authenticate,
		shape:        evolutionRefusal,
	}
}

// authenticate accepts a token that the sandbox has issued and that has not expired, and any other one as given by an
// administrator.
func (a evolutionAPI) authenticate(r *request) error {
	token, key := r.bearer(), strings.TrimSpace(r.Header.Get("X-API-Key"))
	switch {
	case token == "":
		return missingCredentials("header Authorization: Bearer <token> required")
	case key == "":
		return missingCredentials("header X-API-Key required")
	}
	if err := rehearse(token, key); err != nil {
		return err
	}
	if err := a.tokens.verify(token, a.now()); err != nil {
		return err
	}
	return acceptsJSON(r.Header.Get("Accept"))
}

func missingCredentials(message string) *problem {
	p := unauthorized(message)
	p.code = codeMissing
	return p
}

// acceptsJSON returns an error for a client that accepts no JSON. The header is documented as application/json; without
// it, or with a wider range, the response is JSON.
func acceptsJSON(header string) error {
	if header == "" {
		return nil
	}
	for _, part := range strings.Split(header, ",") {
		switch media, _, _ := mime.ParseMediaType(strings.TrimSpace(part)); media {
		case "application/json", "application/*", "*/*":
			return nil
		}
	}
	return refuse(http.StatusNotAcceptable, "the Accept header must allow application/json")
}

// evolutionRefusal returns 400 with its violations and every other status with a code and a description.
func evolutionRefusal(p *problem) answer {
	title := http.StatusText(p.status)
	if p.status == http.StatusBadRequest {
		violations := p.violations
		if violations == nil {
			violations = []violation{}
		}
		return jsonAnswer(p.status, struct {
			Code       int         `json:"code"`
			Message    string      `json:"message"`
			Status     int         `json:"status"`
			Title      string      `json:"title"`
			Violations []violation `json:"violations"`
		}{p.status, p.message, p.status, title, violations})
	}
	code := p.code
	switch {
	case code == 0 && p.status == http.StatusUnauthorized:
		code = codeInvalid
	case code == 0:
		code = p.status
	}
	return jsonAnswer(p.status, struct {
		Code        int    `json:"code"`
		Message     string `json:"message"`
		Description string `json:"description"`
	}{code, title, p.message})
}

// evolutionMembership is one entry of a user's organizations. Only the responses to reads contain the names.
type evolutionMembership struct {
	OrganizationID   string `json:"organizationId"`
	OrganizationName string `json:"organizationName,omitempty"`
	RoleID           string `json:"roleId"`
	RoleName         string `json:"roleName,omitempty"`
}

// evolutionUser is a user as reads return it; without id and names, as a create does.
type evolutionUser struct {
	ID            string                `json:"id,omitempty"`
	IdentityName  string                `json:"identityName"`
	DisplayName   string                `json:"displayName"`
	Organizations []evolutionMembership `json:"organizations"`
	Email         string                `json:"email"`
	FirstName     string                `json:"firstName"`
	LastName      string                `json:"lastName"`
}

func evolutionRules() []member {
	return []member{
		{name: "identityName", required: true, check: filled},
		{name: "displayName", required: true, check: filled},
		{name: "organizations", required: true, check: list(1, object(
			member{name: "organizationId", required: true, check: uuidText},
			member{name: "roleId", required: true, check: uuidText},
		))},
		{name: "email", required: true, check: filled},
		{name: "firstName", required: true, check: filled},
		{name: "lastName", required: true, check: filled},
	}
}

func (a evolutionAPI) createUser(r *request) (answer, error) {
	var wanted evolutionUser
	if err := r.decode(object(evolutionRules()...), &wanted); err != nil {
		return answer{}, err
	}
	stored := wanted
	stored.ID = uuid.NewString()
	stored.Organizations = evolutionNamed(wanted.Organizations)
	err := a.create(r.Context(), evolutionProvider, stored.IdentityName, func(int64) (string, any) { return stored.ID, stored })
	created := jsonAnswer(http.StatusCreated, wanted)
	created.setHeader("Content-Location", wanted.IdentityName)
	return created, err
}

func (a evolutionAPI) listUsers(r *request) (answer, error) {
	limit, offset, err := paging(r)
	if err != nil {
		return answer{}, err
	}
	users, total, err := a.page(r.Context(), evolutionProvider, a.pageOf(limit), offset)
	documents := []json.RawMessage{}
	for _, user := range users {
		documents = append(documents, user.Document)
	}
	return evolutionPage(documents, total), err
}

func (a evolutionAPI) getUser(r *request) (answer, error) {
	var user evolutionUser
	err := a.load(r.Context(), evolutionProvider, byKey, r.PathValue("identityName"), &user)
	return jsonAnswer(http.StatusOK, user), err
}

// updateUser replaces each given field, the organizations as a whole.
func (a evolutionAPI) updateUser(r *request) (answer, error) {
	var wanted struct {
		IdentityName  *string               `json:"identityName"`
		DisplayName   *string               `json:"displayName"`
		Organizations []evolutionMembership `json:"organizations"`
		Email         *string               `json:"email"`
		FirstName     *string               `json:"firstName"`
		LastName      *string               `json:"lastName"`
	}
	if err := r.decode(object(optional(evolutionRules())...), &wanted); err != nil {
		return answer{}, err
	}
	var user evolutionUser
	err := a.update(r.Context(), evolutionProvider, byKey, r.PathValue("identityName"), &user, func() string {
		assign(&user.IdentityName, wanted.IdentityName)
		assign(&user.DisplayName, wanted.DisplayName)
		assign(&user.Email, wanted.Email)
		assign(&user.FirstName, wanted.FirstName)
		assign(&user.LastName, wanted.LastName)
		if wanted.Organizations != nil {
			user.Organizations = evolutionNamed(wanted.Organizations)
		}
		return user.IdentityName
	})
	return jsonAnswer(http.StatusOK, user), err
}

// assign changes a field unless the new value is absent.
func assign[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// paging reads limit and offset, with the documented defaults.
func paging(r *request) (limit, offset int, err error) {
	limit = 20
	var found []violation
	for name, target := range map[string]*int{"limit": &limit, "offset": &offset} {
		given, present := r.query[name]
		if !present {
			continue
		}
		number, err := strconv.ParseUint(given, 10, 31)
		if err != nil {
			found = append(found, badRequest(name, "must be an integer, 0 or more")...)
		}
		*target = int(number)
	}
	if len(found) > 0 {
		return 0, 0, &problem{status: http.StatusBadRequest, message: summary(found), violations: found}
	}
	return limit, offset, nil
}

// evolutionPage returns a part of a list with the documented counts.
func evolutionPage[T any](part []T, total int) answer {
	page := jsonAnswer(http.StatusOK, part)
	page.setHeader("X-Total-Count", strconv.Itoa(total))
	page.setHeader("X-Result-Count", strconv.Itoa(len(part)))
	return page
}
