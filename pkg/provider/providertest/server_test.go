package providertest_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"

	"github.com/bring-aboard/usher/pkg/provider/providertest"
	"github.com/bring-aboard/usher/pkg/schema"
)

// serveAcme starts a server of acme's that contains no user.
func serveAcme(t providertest.TB) string { return serveAcmeWith(t, true) }

// serveAcmeWith starts a server whose lists state a total or not.
func serveAcmeWith(t providertest.TB, totals bool) string {
	house := &acmeServer{totals: totals, byKey: map[string]map[string]any{}, keys: map[string][]any{}, members: map[string][]string{"groups-1": {}, "groups-2": {}}}
	routes := http.NewServeMux()
	routes.HandleFunc("POST /v1/tenants/{tenant}/users", house.create)
	routes.HandleFunc("GET /v1/users", house.list)
	routes.HandleFunc("POST /v1/batch", house.batch)
	routes.HandleFunc("GET /v1/users/{id}", house.one(func(*http.Request, map[string]any) {}))
	routes.HandleFunc("PATCH /v1/users/{id}", house.one(change))
	routes.HandleFunc("POST /v1/users/{id}/deactivate", house.one(func(_ *http.Request, user map[string]any) { user["active"] = false }))
	routes.HandleFunc("DELETE /v1/users/{id}", house.remove)
	routes.HandleFunc("GET /v1/users/{id}/keys", house.listKeys)
	routes.HandleFunc("POST /v1/users/{id}/keys", house.createKey)
	routes.HandleFunc("GET /v1/groups/{group}/members", house.inGroup(func(_ []string, _ string) ([]string, int) { return nil, http.StatusOK }))
	routes.HandleFunc("PUT /v1/groups/{group}/members/{id}", house.inGroup(addMember))
	routes.HandleFunc("DELETE /v1/groups/{group}/members/{id}", house.inGroup(removeMember))
	routes.HandleFunc("DELETE /v1/groups/{group}/members", house.inGroup(func([]string, string) ([]string, int) { return []string{}, http.StatusNoContent }))
	for _, names := range []string{"roles", "teams", "groups"} {
		routes.HandleFunc("GET /v1/"+names, func(w http.ResponseWriter, _ *http.Request) {
			reply(w, http.StatusOK, map[string]any{"entries": []any{
				map[string]any{"id": names + "-1", "name": "One"}, map[string]any{"id": names + "-2", "name": "Two"},
			}})
		})
	}
	server := httptest.NewServer(routes)
	t.Cleanup(server.Close)
	return server.URL + "/v1"
}

type acmeServer struct {
	totals bool

	mu    sync.Mutex
	made  int // users so far, removed ones too
	users []map[string]any
	byKey map[string]map[string]any
	keys  map[string][]any // by the user's id

	members map[string][]string // by the group's id
}

// inGroup does something with the members of the group in the path, nil for nothing, and answers with them.
func (s *acmeServer) inGroup(do func(members []string, user string) (changed []string, status int)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		group := r.PathValue("group")
		members, ok := s.members[group]
		if !ok {
			reply(w, http.StatusNotFound, map[string]any{"fault": "there is no such group"})
			return
		}
		changed, status := do(members, r.PathValue("id"))
		if changed != nil {
			s.members[group] = changed
		}
		switch status {
		case http.StatusNoContent:
			w.WriteHeader(status)
		case http.StatusOK:
			reply(w, status, map[string]any{"members": members})
		default:
			reply(w, status, map[string]any{"fault": "nothing is to be changed"})
		}
	}
}

// addMember refuses to add a member again.
func addMember(members []string, user string) ([]string, int) {
	if slices.Contains(members, user) {
		return nil, http.StatusConflict
	}
	return append(members, user), http.StatusNoContent
}

// removeMember refuses to remove somebody who is no member.
func removeMember(members []string, user string) ([]string, int) {
	at := slices.Index(members, user)
	if at < 0 {
		return nil, http.StatusNotFound
	}
	return slices.Delete(slices.Clone(members), at, at+1), http.StatusNoContent
}

func (s *acmeServer) create(w http.ResponseWriter, r *http.Request) {
	var user map[string]any
	if err := json.NewDecoder(r.Body).Decode(&user); err != nil || r.Header.Get("Authorization") == "" {
		reply(w, http.StatusBadRequest, map[string]any{"fault": "a user and a token are needed"})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	reply(w, s.add(user), map[string]any{"user": user, "fault": "the e-mail address " + fmt.Sprint(user["email"]) + " is not free"})
}

// add keeps a user, and gives the status of what became of it.
func (s *acmeServer) add(user map[string]any) int {
	email, _ := user["email"].(string)
	if email == "" {
		return http.StatusBadRequest
	}
	if _, taken := s.byKey[schema.KeyForm(email)]; taken {
		return http.StatusConflict
	}
	s.made++
	delete(user, "password")
	user["id"] = fmt.Sprintf("user-%d", s.made)
	s.byKey[schema.KeyForm(email)] = user
	s.users = append(s.users, user)
	return http.StatusCreated
}

func (s *acmeServer) batch(w http.ResponseWriter, r *http.Request) {
	var list struct{ Users []map[string]any }
	if err := json.NewDecoder(r.Body).Decode(&list); err != nil {
		reply(w, http.StatusBadRequest, map[string]any{"fault": "no users"})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	results := []any{}
	for _, user := range list.Users {
		results = append(results, map[string]any{"email": user["email"], "status": s.add(user), "user": user})
	}
	reply(w, http.StatusOK, map[string]any{"results": results})
}

// find returns the user that the path names, and its place.
func (s *acmeServer) find(r *http.Request) (int, map[string]any) {
	at := slices.IndexFunc(s.users, func(user map[string]any) bool { return user["id"] == r.PathValue("id") })
	if at < 0 {
		return at, nil
	}
	return at, s.users[at]
}

// one answers with the user that the path names, after something is done with it.
func (s *acmeServer) one(do func(*http.Request, map[string]any)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		_, user := s.find(r)
		if user == nil {
			reply(w, http.StatusNotFound, map[string]any{"fault": "there is no such user"})
			return
		}
		do(r, user)
		reply(w, http.StatusOK, map[string]any{"user": user})
	}
}

// change merges a body into a user.
func change(r *http.Request, user map[string]any) {
	var changes map[string]any
	_ = json.NewDecoder(r.Body).Decode(&changes) // no body changes nothing
	delete(changes, "password")
	mergeInto(user, changes)
}

func mergeInto(object, changes map[string]any) {
	for name, value := range changes {
		inner, nested := value.(map[string]any)
		old, is := object[name].(map[string]any)
		if nested && is {
			mergeInto(old, inner)
			continue
		}
		object[name] = value
	}
}

func (s *acmeServer) remove(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, user := s.find(r)
	if user == nil {
		reply(w, http.StatusNotFound, map[string]any{"fault": "there is no such user"})
		return
	}
	s.users = slices.Delete(s.users, at, at+1)
	delete(s.byKey, schema.KeyForm(user["email"].(string)))
	w.WriteHeader(http.StatusNoContent)
}

func (s *acmeServer) listKeys(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, user := s.find(r); user == nil {
		reply(w, http.StatusNotFound, map[string]any{"fault": "there is no such user"})
		return
	}
	reply(w, http.StatusOK, map[string]any{"keys": append([]any{}, s.keys[r.PathValue("id")]...)})
}

func (s *acmeServer) createKey(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, user := s.find(r); user == nil {
		reply(w, http.StatusNotFound, map[string]any{"fault": "there is no such user"})
		return
	}
	key := map[string]any{}
	_ = json.NewDecoder(r.Body).Decode(&key) // every option may be absent
	key["key"] = "canary-key-" + rand.Text()
	id := r.PathValue("id")
	s.keys[id] = append(s.keys[id], key)
	reply(w, http.StatusCreated, key)
}

func (s *acmeServer) list(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, total := []map[string]any{}, len(s.users)
	switch query := r.URL.Query(); {
	case query.Has("email"):
		if user, ok := s.byKey[schema.KeyForm(query.Get("email"))]; ok {
			found = append(found, user)
		}
		total = len(found)
	case query.Has("limit"):
		limit, _ := strconv.Atoi(query.Get("limit"))
		offset, _ := strconv.Atoi(query.Get("offset"))
		rest := s.users[min(offset, len(s.users)):]
		found = append(found, rest[:min(limit, len(rest))]...)
	default:
		found = append(found, s.users...)
	}
	list := map[string]any{"users": found}
	if s.totals {
		list["total"] = total
	}
	reply(w, http.StatusOK, list)
}

func reply(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(document) // a client that has gone away does not matter
}
