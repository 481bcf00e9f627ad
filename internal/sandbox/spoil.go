package sandbox

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// emptied removes the body of a response. Headers are those that the provider
// documents, none, or one with the address of the user.
func emptied(a answer, headers string, d *dialect, req *request) answer {
	bare := answer{status: a.status, header: http.Header{}, empty: true}
	switch headers {
	case "documented":
		bare.header = a.header.Clone()
		bare.header.Del("Content-Type")
	case "location", "content-location":
		if address := d.addressOfMade(req); address != "" {
			bare.setHeader(headers, address)
		}
	}
	return bare
}

// addressOfMade returns the address of the user that the request has created, "" if there are none or several, or if no
// user can be read.
func (d *dialect) addressOfMade(req *request) string {
	made := episodeOf(req.Context()).made
	if len(made) != 1 {
		return ""
	}
	for _, t := range d.routes {
		if t.does == readsOne {
			name := made[0].id
			if d.keyIsID {
				name = made[0].key
			}
			path := ""
			segments := strings.Split(strings.TrimPrefix(t.path, "/"), "/")
			for i, segment := range segments {
				switch {
				case i == len(segments)-1:
					segment = url.PathEscape(name)
				case strings.HasPrefix(segment, "{"):
					segment = url.PathEscape(req.PathValue(strings.Trim(segment, "{}")))
				}
				path += "/" + segment
			}
			return "http://" + req.Host + d.prefix + path
		}
	}
	return ""
}

// withFirstID replaces the new user's id by that of the first user that the provider has created.
func (s *Server) withFirstID(a answer, d *dialect, req *request) answer {
	made := episodeOf(req.Context()).made
	if len(made) == 0 {
		return a
	}
	s.issuing.Lock()
	if s.firstIDs[d.provider] == "" {
		s.firstIDs[d.provider] = made[0].id
	}
	first := s.firstIDs[d.provider]
	s.issuing.Unlock()

	content, err := a.encode()
	if err != nil {
		return a
	}
	tree, err := parseJSON(content)
	if err != nil {
		return a
	}
	for _, user := range made {
		tree = swapID(tree, user.id, first)
		for _, values := range a.header {
			values[0], _ = swapID(values[0], user.id, first).(string)
		}
	}
	if content, err = encodeJSON(tree); err == nil {
		a.body, a.raw = nil, string(content)
	}
	return a
}

// swapID replaces an id in a JSON value: a text that is the id or an address that
// ends in it, or a number that is the property id.
func swapID(value any, from, to string) any {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			if number, isNumber := inner.(json.Number); isNumber && name == "id" && number.String() == from {
				value[name] = json.Number(to)
				continue
			}
			value[name] = swapID(inner, from, to)
		}
	case []any:
		for i, inner := range value {
			value[i] = swapID(inner, from, to)
		}
	case string:
		if value == from {
			return to
		}
		if rest, found := strings.CutSuffix(value, "/"+from); found {
			return rest + "/" + to
		}
	}
	return value
}

// misreading returns the response to a read that fails.
func misreading(fault Fault) answer {
	if fault.Name() == FaultLookupSignIn {
		return signInPage()
	}
	a := answer{status: http.StatusNotFound, raw: "default backend - 404"}
	a.setHeader("Content-Type", "text/plain; charset=utf-8")
	if fault.Parameter() == "json" {
		a.raw = `{"message":"no Route matched with those values"}`
		a.setHeader("Content-Type", "application/json")
	}
	return a
}
