package providers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/providers"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// gitea connects the description of Gitea to a server of this handler.
func gitea(t *testing.T, handler http.HandlerFunc) provider.Client {
	t.Helper()
	one, err := new(providers.Descriptions).Get("gitea")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return profile{one.Adapter, map[string]string{"token": "some-token"}}.client(t, server.URL)
}

// TestSearchByPartsIsReadToItsEnd looks up users with a search that finds more users than a page has, as Gitea does: the user
// may be on the last page, and is absent only if no page has them.
func TestSearchByPartsIsReadToItsEnd(t *testing.T) {
	const matches = 120
	for _, test := range []struct {
		last, key string
		total     int
		class     provider.Class
		absence   provider.Absence
	}{
		{last: "zoe", key: "zoe", total: matches},
		{last: "zoe", key: "ada", total: matches, class: provider.NotFound, absence: provider.AbsenceDocumented},
		// The server returns fewer than it says that it has.
		{last: "zoe", key: "ada", total: matches + 1, class: provider.NotFound, absence: provider.AbsenceUnproved},
	} {
		pages := 0
		client := gitea(t, func(w http.ResponseWriter, r *http.Request) {
			pages++
			page, _ := strconv.Atoi(r.FormValue("page"))
			size, _ := strconv.Atoi(r.FormValue("limit"))
			if page < 1 || size < 1 || size > 50 || r.FormValue("q") != test.key {
				t.Errorf("asked for %s", r.URL)
			}
			users := []string{}
			for n := (page - 1) * size; n < min(page*size, matches); n++ {
				login := fmt.Sprintf("%s%03d", test.key, n)
				if n == matches-1 {
					login = test.last
				}
				users = append(users, fmt.Sprintf(`{"id":%d,"login":%q,"username":%q,"email":"%s@example.com"}`, n, login, login, login))
			}
			w.Header().Set("X-Total-Count", strconv.Itoa(test.total))
			answer(w, http.StatusOK, `{"data":[`+strings.Join(users, ",")+`],"ok":true}`)
		})
		user, err := provider.Must[provider.Finder](client).Find(t.Context(), test.key)
		if test.class == 0 {
			if err != nil || user.Key != test.key {
				t.Errorf("%+v: found %+v, %v", test, user, err)
			}
		} else if provider.ClassOf(err) != test.class || provider.AbsenceOf(err) != test.absence {
			t.Errorf("%+v: %v, absence %v", test, err, provider.AbsenceOf(err))
		}
		if pages < 3 {
			t.Errorf("%+v: %d pages were read", test, pages)
		}
	}
}

// TestAnEmptyPropertyIsNotRepeated updates users of Gitea: the login name of a local user is empty, and Gitea refuses an
// update without one.
func TestAnEmptyPropertyIsNotRepeated(t *testing.T) {
	for loginName, want := range map[string]string{"": "ada", "uid=ada": "uid=ada"} {
		var sent map[string]any
		client := gitea(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPatch {
				if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
					t.Error(err)
				}
			}
			answer(w, http.StatusOK, fmt.Sprintf(`{"id":2,"login":"ada","username":"ada","login_name":%q,"source_id":0,"email":"ada@example.com"}`, loginName))
		})
		if _, err := provider.Must[provider.Updater](client).Update(t.Context(), "ada", schema.Record{"full_name": "Ada"}); err != nil {
			t.Fatal(err)
		}
		if sent["login_name"] != want || sent["source_id"] != 0.0 || sent["full_name"] != "Ada" {
			t.Errorf("%q: sent %v", loginName, sent)
		}
	}
}
