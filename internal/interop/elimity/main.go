// Command elimity is a SCIM 2.0 server on a library that others wrote
// (github.com/elimity-com/scim), with users in memory. It prints its address
// and its token, and lives until its standard input ends. It is a module of its
// own, so that usher does not depend on it.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/elimity-com/scim"
	"github.com/elimity-com/scim/optional"
	"github.com/elimity-com/scim/schema"
)

const token = "interop-token"

func main() {
	users, groups := &store{}, &store{}
	server, err := scim.NewServer(&scim.ServerArgs{
		ServiceProviderConfig: &scim.ServiceProviderConfig{SupportFiltering: true, SupportPatch: true, MaxResults: 200},
		ResourceTypes: []scim.ResourceType{{
			ID: optional.NewString("User"), Name: "User", Endpoint: "/Users", Schema: schema.CoreUserSchema(),
			SchemaExtensions: []scim.SchemaExtension{{Schema: schema.ExtensionEnterpriseUser()}},
			Handler:          users,
		}, {
			ID: optional.NewString("Group"), Name: "Group", Endpoint: "/Groups", Schema: schema.CoreGroupSchema(), Handler: groups,
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /count", users.count)
	mux.HandleFunc("POST /clear", func(w http.ResponseWriter, _ *http.Request) {
		groups.clear(io.Discard)
		users.clear(w)
	})
	mux.Handle("/scim/v2/", http.StripPrefix("/scim/v2", withToken(server)))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("http://%s/scim/v2 %s\n", listener.Addr(), token)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	serving := &http.Server{Handler: mux}
	serving.SetKeepAlivesEnabled(false) // one request a connection: the proxy decides anew for each of them
	log.Fatal(serving.Serve(listener))
}

// withToken refuses requests without the token, in plain text.
func withToken(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			http.Error(w, "no token", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}
