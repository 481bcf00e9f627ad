package providertest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"github.com/bring-aboard/usher/pkg/schema"
)

// serveAcme starts a server of acme's that holds no user.
func serveAcme(t testing.TB) string {
	house := &acmeServer{byKey: map[string]map[string]any{}}
	routes := http.NewServeMux()
	routes.HandleFunc("POST /v1/tenants/{tenant}/users", house.create)
	routes.HandleFunc("GET /v1/users", house.list)
	server := httptest.NewServer(routes)
	t.Cleanup(server.Close)
	return server.URL + "/v1"
}

type acmeServer struct {
	mu    sync.Mutex
	users []map[string]any
	byKey map[string]map[string]any
}

func (s *acmeServer) create(w http.ResponseWriter, r *http.Request) {
	var user map[string]any
	email := ""
	if err := json.NewDecoder(r.Body).Decode(&user); err == nil {
		email, _ = user["email"].(string)
	}
	if email == "" || r.Header.Get("Authorization") == "" {
		reply(w, http.StatusBadRequest, map[string]any{"fault": "email and token are needed"})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.byKey[schema.FoldKey(email)]; taken {
		reply(w, http.StatusConflict, map[string]any{"fault": "the e-mail address " + email + " is taken"})
		return
	}
	delete(user, "password")
	user["id"] = fmt.Sprintf("user-%d", len(s.users)+1)
	s.byKey[schema.FoldKey(email)] = user
	s.users = append(s.users, user)
	reply(w, http.StatusCreated, map[string]any{"user": user})
}

func (s *acmeServer) list(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []map[string]any{}
	switch query := r.URL.Query(); {
	case query.Has("email"):
		if user, ok := s.byKey[schema.FoldKey(query.Get("email"))]; ok {
			found = append(found, user)
		}
	case query.Has("limit"):
		limit, _ := strconv.Atoi(query.Get("limit"))
		offset, _ := strconv.Atoi(query.Get("offset"))
		rest := s.users[min(offset, len(s.users)):]
		found = append(found, rest[:min(limit, len(rest))]...)
	default:
		found = append(found, s.users...)
	}
	reply(w, http.StatusOK, map[string]any{"users": found})
}

func reply(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(document) // a client that has gone away does not matter
}
