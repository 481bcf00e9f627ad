package provider_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

func TestPointsToMore(t *testing.T) {
	for document, want := range map[string]bool{
		`{}`:                              false,
		`{"hasMore":true}`:                true,
		`{"hasMore":false}`:               false,
		`{"has_more":"false"}`:            false,
		`{"next":null}`:                   false,
		`{"next":""}`:                     false,
		`{"next":"abc"}`:                  true,
		`{"nextPage":0}`:                  false,
		`{"nextPage":2}`:                  true,
		`{"links":{"next":"/users?p=2"}}`: true,
		`{"links":{"next":null,"self":"/users"}}`: false,
		`{"pagination":{"totalCount":3}}`:         false,
		`{"pagination":{"totalCount":4}}`:         true,
		`{"total":"4"}`:                           true,
		`{"count":3,"page":7,"object":"list"}`:    false,
	} {
		var beside map[string]json.RawMessage
		if err := json.Unmarshal([]byte(document), &beside); err != nil {
			t.Fatal(err)
		}
		if got := provider.PointsToMore(nil, beside, 3); got != want {
			t.Errorf("%s: got %t, want %t", document, got, want)
		}
	}
	for link, want := range map[string]bool{`</users?page=2>; rel="next"`: true, `</users>; rel="self", </users?page=2>; REL=next`: true, `</users>; rel="first"`: false} {
		if got := provider.PointsToMore(http.Header{"Link": {link}}, nil, 3); got != want {
			t.Errorf("%s: got %t, want %t", link, got, want)
		}
	}
}

func TestIDInLocation(t *testing.T) {
	const address = "https://api.example.com/scim/v2/Users?x=1"
	for location, want := range map[string]string{
		"https://api.example.com/scim/v2/Users/2819":      "2819",
		"HTTPS://API.example.com:443/scim/v2/Users/a%2Fb": "a/b",
		"http://api.example.com/scim/Users/2819?x=1":      "2819", // behind a gateway
		"/Users/2819":                          "2819",
		"Users/2819":                           "2819",
		"2819":                                 "",
		"":                                     "",
		"/Users":                               "",
		"/Users/":                              "",
		"/Users/undefined":                     "",
		"/Users/null":                          "",
		"/Groups/2819":                         "",
		"/Users/a/b":                           "",
		"https://login.example.com/Users/1":    "",
		"https://api.example.com:8443/Users/1": "1",
		"http://[::1":                          "",
	} {
		if got := provider.IDInLocation(address, location); got != want {
			t.Errorf("%s: got %q, want %q", location, got, want)
		}
	}
}
