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

// listIdentities looks one identifier up, or gives a page.
func (a oryAPI) listIdentities(r *request) (answer, error) {
	size, offset, err := oryPage(r.query)
	if err != nil {
		return answer{}, err
	}
	var users []User
	if identifier, given := r.query["credentials_identifier"]; given {
		if users, err = a.store.withKey(r.Context(), oryProvider, identifier); err != nil {
			return answer{}, err
		}
	} else if users, err = a.store.page(r.Context(), oryProvider, size+1, offset); err != nil {
		return answer{}, err
	}
	documents := []json.RawMessage{}
	for _, user := range users[:min(size, len(users))] {
		documents = append(documents, user.Document)
	}
	page := reply(http.StatusOK, documents)
	relations := []string{oryLink("first", size, 0)}
	if len(users) > size {
		relations = append(relations, oryLink("next", size, offset+size))
	}
	page.setHeader("Link", strings.Join(relations, ","))
	return page, nil
}

// oryPage reads page_size and page_token.
func oryPage(query map[string]string) (size, offset int, err error) {
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
			offset, err = strconv.Atoi(string(text))
		}
		if err != nil || offset < 0 {
			return 0, 0, refuse(http.StatusBadRequest, "page_token is none that a list has given")
		}
	}
	return size, offset, nil
}

func oryLink(relation string, size, offset int) string {
	token := base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(offset)))
	query := url.Values{"page_size": {strconv.Itoa(size)}, "page_token": {token}}
	return fmt.Sprintf(`</admin/identities?%s>; rel=%q`, query.Encode(), relation)
}
