package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/bring-aboard/usher/internal/describe"
)

// listParameters returns the parameters of the requests of a list.
func listParameters(list *describe.List) []string {
	names := parameterNames(list.Query)
	if page := list.Page; page != nil {
		for _, name := range []string{page.Parameter, page.Size} {
			if name != "" {
				names = append(names, name)
			}
		}
		if page.By == describe.ByLink || page.By == describe.ByCursor && page.Parameter == "" {
			names = append(names, afterParameter)
		}
	}
	return names
}

// afterParameter is the parameter of the links to a next page, which clients do not make up.
const afterParameter = "after"

func (a *describedAPI) listUsers(r *request) (answer, error) {
	page := a.d.List.Page
	if page == nil {
		return answer{status: http.StatusOK, stream: func(w io.Writer) error { return a.stream(r, w) }}, nil
	}
	size, offset, err := a.window(r, page)
	switch {
	case err != nil:
		return answer{}, err
	case page.By == describe.ByCursor, page.By == describe.ByLink:
		return a.listAfter(r, size)
	}
	users, total, err := a.page(r.Context(), a.d.Name, size, offset)
	return paged(a.d.List, users, total, nil), err
}

// window returns how many users a page has that is asked for, and how many are before it. The offset is 0 if pages have
// cursors.
func (a *describedAPI) window(r *request, page *describe.Page) (size, offset int, err error) {
	if size = page.Limit; size == 0 {
		size = 100
	}
	if text, given := r.query[page.Size]; given && page.Size != "" {
		wanted, err := strconv.Atoi(text)
		if err != nil || wanted < 1 || wanted > size {
			return 0, 0, refuse(http.StatusBadRequest, "%s must be a number from 1 to %d", page.Size, size)
		}
		size = wanted
	}
	size = a.pageOf(size)
	first := 0
	switch page.By {
	case describe.ByCursor, describe.ByLink:
		return size, 0, nil
	case describe.ByNumber:
		first = page.First
	}
	number := first
	if text, given := r.query[page.Parameter]; given {
		if number, err = strconv.Atoi(text); err != nil || number < first {
			return 0, 0, refuse(http.StatusBadRequest, "%s must be a number", page.Parameter)
		}
	}
	if page.By == describe.ByNumber {
		return size, (number - first) * size, nil
	}
	return size, number, nil
}

// paged returns the response with users of a list and what is described beside them.
func paged(list *describe.List, users []User, total int, beside any) answer {
	documents := []json.RawMessage{}
	for _, user := range users {
		documents = append(documents, user.Document)
	}
	page := list.Page
	document := around(list.Users, documents)
	if beside != nil {
		document = merged(document, beside)
	}
	if page != nil && page.Total != nil {
		document = merged(document, around(page.Total, total))
	}
	made := jsonAnswer(http.StatusOK, document)
	if page != nil && page.TotalHeader != "" {
		made.setHeader(page.TotalHeader, strconv.Itoa(total))
	}
	return made
}

// listAfter returns the users after the one of a cursor.
func (a *describedAPI) listAfter(r *request, size int) (answer, error) {
	page := a.d.List.Page
	parameter := page.Parameter
	if parameter == "" {
		parameter = afterParameter
	}
	after := int64(0)
	if text, given := r.query[parameter]; given {
		decoded, err := base64.RawURLEncoding.DecodeString(text)
		if err == nil {
			after, err = strconv.ParseInt(string(decoded), 10, 64)
		}
		if err != nil || after < 0 {
			return answer{}, refuse(http.StatusBadRequest, "unknown %s", parameter)
		}
	}
	users, err := a.pageAfter(r.Context(), a.d.Name, after, size+1)
	if err != nil {
		return answer{}, err
	}
	total := 0
	if page.Total != nil || page.TotalHeader != "" {
		if _, total, err = a.page(r.Context(), a.d.Name, 1, 0); err != nil {
			return answer{}, err
		}
	}
	if len(users) <= size {
		return paged(a.d.List, users, total, nil), nil
	}
	cursor := base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(users[size-1].number, 10)))
	query := url.Values{parameter: {cursor}}
	for name, given := range r.query {
		if name != parameter {
			query.Set(name, given)
		}
	}
	address := r.URL.EscapedPath() + "?" + query.Encode()
	switch {
	case page.By == describe.ByLink:
		made := paged(a.d.List, users[:size], total, nil)
		made.setHeader("Link", "<"+address+`>; rel="next"`)
		return made, nil
	case page.Parameter == "":
		return paged(a.d.List, users[:size], total, around(page.Next, address)), nil
	default:
		return paged(a.d.List, users[:size], total, around(page.Next, cursor)), nil
	}
}

// stream writes the whole list.
func (a *describedAPI) stream(r *request, w io.Writer) error {
	before, after := "", ""
	for _, step := range a.d.List.Users {
		name, err := encodeJSON(step)
		if err != nil {
			return err
		}
		before, after = before+"{"+string(name)+":", after+"}"
	}
	separator := before + "["
	for user, err := range a.listed(r.Context(), a.d.Name) {
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, separator+string(user.Document)); err != nil {
			return err
		}
		separator = ","
	}
	if separator != "," {
		after = separator + "]" + after
	} else {
		after = "]" + after
	}
	_, err := io.WriteString(w, after)
	return err
}
