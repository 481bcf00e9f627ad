package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const ejentoProvider = "ejento"

// ejentoSampleEmail is the address in the sample of the vendor's page, where it has been made unreadable, with a
// no-break space that many programs turn into a plain one. It is accepted either way, so that the sample can be sent
// unchanged.
const ejentoSampleEmail = "[email protected]"

// ejentoAPI is the API of Ejento AI in the two versions whose paths are published, with its authorization server.
// Refusals have the form of the responses' envelope. Lookups, lists and changes of users have no documented path, and
// so none here.
type ejentoAPI struct {
	*backend
	// renewals issues the access tokens of the authentication app, which the API itself refuses.
	renewals *mint
}

func ejento(b *backend) dialect {
	api := ejentoAPI{b, newMint(ejentoTokenLife)}
	return dialect{
		provider: ejentoProvider,
		prefix:   "/ejento",
		base:     "/ejento",
		key:      [][]string{{"email"}},
		optional: []string{"first_name"},
		envelope: "data",
		routes: []route{
			{method: http.MethodPost, path: "/v2/api/organization/{organization}/user", does: creates, serve: api.createUser},
			{method: http.MethodPost, path: "/api/v2/organizations/{organization}/users", does: creates, serve: api.createUser},
			{method: http.MethodPost, path: ejentoLoginPath, open: true, serve: api.logIn},
			{method: http.MethodPost, path: ejentoRefreshPath, open: true, serve: api.refresh},
		},
		authenticate: api.authenticate,
		shape: func(p *problem) answer {
			return jsonAnswer(p.status, ejentoEnvelope{Message: p.message})
		},
	}
}

func (a ejentoAPI) authenticate(r *request) error {
	key, token := strings.TrimSpace(r.Header.Get("Ocp-Apim-Subscription-Key")), r.bearer()
	switch {
	case key == "":
		return unauthorized("header Ocp-Apim-Subscription-Key required")
	case token == "":
		return unauthorized("header Authorization: Bearer <token> required")
	}
	if _, _, ofApp := a.renewals.read(token); ofApp {
		return unauthorized("the token is the one of the authentication app; use the Ejento access token")
	}
	return rehearse(key, token)
}

type ejentoEnvelope struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

type ejentoOrganization struct {
	ID          int64   `json:"id"`
	Name        string  `json:"org_name"`
	Domain      string  `json:"domain"`
	Description string  `json:"description"`
	LogoURL     *string `json:"org_logo_url"`
	IconURL     *string `json:"org_icon_url"`
	IsDeleted   bool    `json:"is_deleted"`
	CreatedBy   string  `json:"created_by"`
	CreatedOn   string  `json:"created_on"`
	ModifiedBy  string  `json:"modified_by"`
	ModifiedOn  string  `json:"modified_on"`
}

// ejentoUser is the data of the response. Role and password are not part of it.
type ejentoUser struct {
	ID           int64              `json:"id"`
	Email        string             `json:"email"`
	IsStaff      bool               `json:"is_staff"`
	IsSuperuser  bool               `json:"is_superuser"`
	IsActive     bool               `json:"is_active"`
	DateJoined   string             `json:"date_joined"`
	FirstName    string             `json:"first_name"`
	LastName     string             `json:"last_name"`
	Organization ejentoOrganization `json:"organization"`
}

// ejentoRules are those of a create. The list of roles is open, and the sample's own password is weak, so neither is
// checked.
func ejentoRules() check {
	return object(
		member{name: "email", required: true, check: ejentoEmail},
		member{name: "password", required: true, check: filled},
		member{name: "first_name", required: true, check: filled},
		member{name: "last_name", required: true, check: filled},
		member{name: "role", required: true, check: filled},
	)
}

func ejentoEmail(at string, value any) []violation {
	if value, ok := value.(string); ok && strings.ReplaceAll(value, "\u00a0", " ") == ejentoSampleEmail {
		return nil
	}
	return emailAddress(at, value)
}

func (a ejentoAPI) createUser(r *request) (answer, error) {
	number, err := strconv.ParseUint(r.PathValue("organization"), 10, 63)
	if err != nil {
		return answer{}, refuse(http.StatusBadRequest, "the organization in the path must be an integer")
	}
	var wanted struct { // without the password, which only the rules see
		Email     string `json:"email"`
		FirstName string `json:"first_name"`
		LastName  string `json:"last_name"`
	}
	if err := r.decode(ejentoRules(), &wanted); err != nil {
		return answer{}, err
	}
	user := ejentoUser{
		Email: wanted.Email, IsActive: true, DateJoined: ejentoTime(a.now()),
		FirstName: wanted.FirstName, LastName: wanted.LastName,
		Organization: ejentoOrganizationOf(int64(number)),
	}
	err = a.create(r.Context(), ejentoProvider, user.Email, func(next int64) (string, any) {
		user.ID = next
		return strconv.FormatInt(next, 10), user
	})
	return jsonAnswer(http.StatusCreated, ejentoEnvelope{Success: true, Message: "User created successfully.", Data: user}), err
}

// ejentoOrganizationOf invents the organization with a number.
func ejentoOrganizationOf(number int64) ejentoOrganization {
	const since = "2024-01-20T01:32:56.659642Z"
	return ejentoOrganization{
		ID: number, Name: fmt.Sprintf("Sandbox organization %d", number), Domain: "example.com",
		CreatedBy: "System", CreatedOn: since, ModifiedBy: "System", ModifiedOn: since,
	}
}

// ejentoTime writes a time in RFC 3339, to the microsecond.
func ejentoTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z07:00") }
