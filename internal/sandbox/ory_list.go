package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// listIdentities looks up one identifier, or returns a page.
func (a oryAPI) listIdentities(r *request) (answer, error) {
	size, after, err := a.pageAsked(r.query)
	if err != nil {
		return answer{}, err
	}
	var users []User
	if identifier, given := r.query["credentials_identifier"]; given {
		if users, err = a.withKey(r.Context(), oryProvider, identifier); err != nil {
			return answer{}, err
		}
	} else if users, err = a.pageAfter(r.Context(), oryProvider, after, size+1); err != nil {
		return answer{}, err
	}
	documents := []json.RawMessage{}
	for _, user := range users[:min(size, len(users))] {
		documents = append(documents, user.Document)
	}
	page := jsonAnswer(http.StatusOK, documents)
	relations := []string{oryLink("first", size, 0)}
	if len(users) > size {
		relations = append(relations, oryLink("next", size, users[size-1].number))
	}
	page.setHeader("Link", strings.Join(relations, ","))
	return page, nil
}

// pageAsked reads page_size and page_token. A token identifies the last user of the page before, so that no user is
// skipped when an earlier one leaves.
func (a oryAPI) pageAsked(query map[string]string) (size int, after int64, err error) {
	const standard, most = 250, 500
	size = standard
	if text, given := query["page_size"]; given {
		if size, err = strconv.Atoi(text); err != nil || size < 1 || size > most {
			return 0, 0, refuse(http.StatusBadRequest, "page_size must be a number from 1 to %d", most)
		}
	}
	if token, given := query["page_token"]; given {
		text, err := base64.RawURLEncoding.DecodeString(token)
		if err == nil {
			after, err = strconv.ParseInt(string(text), 10, 64)
		}
		if err != nil || after < 0 {
			return 0, 0, refuse(http.StatusBadRequest, "unknown page_token")
		}
	}
	return a.pageOf(size), after, nil
}

func oryLink(relation string, size int, after int64) string {
	token := base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(after, 10)))
	query := url.Values{"page_size": {strconv.Itoa(size)}, "page_token": {token}}
	return fmt.Sprintf(`</admin/identities?%s>; rel=%q`, query.Encode(), relation)
}
