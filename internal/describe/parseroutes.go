package describe

import (
	"net/http"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// routeWords returns the words that every request has. The names are those of values beside the settings.
func (p *parser) routeWords(route *Route, body **yaml.Node, names ...string) words {
	return words{
		"request": func(node *yaml.Node) { p.request(node, route, names) },
		"docs":    p.text("docs", &route.Docs),
		"status": func(node *yaml.Node) {
			read := func(node *yaml.Node) {
				var status int
				p.number("status", 200, 299, &status)(node)
				route.Statuses = append(route.Statuses, status)
			}
			if node.Kind == yaml.SequenceNode {
				p.list(node, "status", read)
				return
			}
			read(node)
		},
		"user":       p.pointer("user", &route.User),
		"no-user":    p.truth("no-user", &route.NoUser),
		"body":       func(node *yaml.Node) { *body = node },
		"repeat":     func(node *yaml.Node) { p.list(node, "repeat", func(node *yaml.Node) { p.repeat(node, route) }) },
		"complete":   p.texts("complete", &route.Complete),
		"read-first": p.truth("read-first", &route.ReadFirst),
	}
}

// repeat reads "login_name", or {name: login_name, or: login}.
func (p *parser) repeat(node *yaml.Node, route *Route) {
	var repeat Repeat
	if node.Kind == yaml.MappingNode {
		p.object(node, "repeat", words{"name": p.text("name", &repeat.Name), "or": p.text("or", &repeat.Or)}, "name", "or")
	} else {
		repeat.Name = p.scalar(node, "repeat")
	}
	route.Repeat = append(route.Repeat, repeat)
}

// request reads "GET /users?email={key}".
func (p *parser) request(node *yaml.Node, route *Route, names []string) {
	route.Text, route.Line = p.scalar(node, "request"), node.Line
	method, address, ok := strings.Cut(route.Text, " ")
	if !ok || !slices.Contains([]string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}, method) {
		p.refuse(node, "a request is a method and a path below the base URL: GET /users/{id}")
		return
	}
	route.Method = method
	path, query, _ := strings.Cut(address, "?")
	known := append(slices.Clone(names), p.settingNames()...)
	var err error
	if route.Path, err = ParsePath(path, known); !p.check(node, err) {
		return
	}
	route.Query, err = ParseQuery(query, known)
	p.check(node, err)
}

// route reads a request with further words.
func (p *parser) route(node *yaml.Node, what string, names []string, more words, without ...string) Route {
	route := Route{Line: node.Line}
	var body *yaml.Node
	known := p.routeWords(&route, &body, names...)
	for _, name := range without {
		delete(known, name)
	}
	for name, read := range more {
		known[name] = read
	}
	p.object(node, what, known, "request")
	if body != nil {
		p.value("body", append(slices.Clone(names), p.settingNames()...), &route.Body)(body)
	}
	return route
}

func (p *parser) create(node *yaml.Node) {
	c := &Create{}
	c.Route = p.route(node, "create", []string{p.d.Scope()}, words{
		"id": func(node *yaml.Node) {
			if c.Location = p.scalar(node, "id") == "Location"; c.Location {
				return
			}
			if p.pointer("id", &c.IDAt)(node); c.IDAt.HasStar() || c.IDAt != nil && len(c.IDAt) == 0 {
				p.refuse(node, "create: id must be Location or the place of the id, if no user is in the response")
			}
		},
	}, "body", "repeat", "complete", "no-user", "read-first")
	if c.IDOnly() && c.User != nil {
		p.refuse(node, "create: id says that no user is in the response, and user where it is")
	}
	if c.Method == http.MethodGet || c.Method == http.MethodDelete {
		p.refuse(node, "create: the method %s creates nothing", c.Method)
	}
	p.d.Create = c
}

func (p *parser) find(node *yaml.Node) {
	f := &Find{}
	f.Route = p.route(node, "find", []string{"key"}, words{
		"users": p.pointer("users", &f.Users), "page": func(node *yaml.Node) { f.Page = p.page(node) }, "substring": p.truth("substring", &f.Substring),
	}, "repeat", "complete", "no-user", "status", "body", "read-first")
	f.IsItem = f.Users == nil
	if slices.Contains(f.Path.Names(), "key") && !f.IsItem {
		p.refuse(node, "find: a route with the key in its path returns one user, not a list")
	}
	if f.IsItem && f.Substring {
		p.refuse(node, "find: substring needs the word users: the place of the list of users that were found")
	}
	if f.IsItem && f.Page != nil {
		p.refuse(node, "find: page needs the word users: the place of the list of users that were found")
	}
	p.reads(node, "find", f.Method)
	p.d.Find = f
}

// reads checks the method of a request that changes nothing.
func (p *parser) reads(node *yaml.Node, what, method string) {
	if method != "" && method != http.MethodGet {
		p.refuse(node, "%s: a request that reads is a GET", what)
	}
}

func (p *parser) lister(node *yaml.Node) {
	l := &List{}
	l.Route = p.route(node, "list", nil, words{"users": p.pointer("users", &l.Users), "page": func(node *yaml.Node) { l.Page = p.page(node) }},
		"repeat", "complete", "no-user", "status", "user", "body", "read-first")
	if l.Users == nil {
		p.refuse(node, `list: the word users is missing: the place of the list of users, "" for the whole response`)
	}
	p.reads(node, "list", l.Method)
	p.d.List = l
}

func (p *parser) page(node *yaml.Node) *Page {
	page := &Page{First: 1}
	p.object(node, "page", words{
		"by":           p.oneOf("by", []string{"number", "offset", "cursor", "link"}, func(text string) { page.By = PageBy(text) }),
		"parameter":    p.text("parameter", &page.Parameter),
		"first":        p.number("first", 0, 1, &page.First),
		"size":         p.text("size", &page.Size),
		"limit":        p.number("limit", 2, 100_000, &page.Limit),
		"total":        p.pointer("total", &page.Total),
		"total-header": p.text("total-header", &page.TotalHeader),
		"next":         p.pointer("next", &page.Next),
	}, "by")
	missing := func(word string, isMissing bool) {
		if isMissing {
			p.refuse(node, "page: pages by %s need the word %s", page.By, word)
		}
	}
	switch page.By {
	case ByNumber, ByOffset:
		missing("parameter", page.Parameter == "")
		missing("size", page.Size == "")
	case ByCursor:
		missing("next", page.Next == nil)
	}
	missing("limit", page.Size != "" && page.Limit == 0)
	if page.Total != nil && page.TotalHeader != "" {
		p.refuse(node, "page: the total is at one place: total or total-header")
	}
	return page
}

// plainRoute reads a request about one user, or about none.
func (p *parser) plainRoute(node *yaml.Node, what string, names ...string) *Route {
	var without []string
	if what != "update" {
		without = []string{"complete", "read-first"}
	}
	route := p.route(node, what, names, nil, without...)
	if len(names) > 0 && route.Text != "" && !slices.Contains(route.Path.Names(), "id") {
		p.refuse(node, "%s: the path must contain {id}", what)
	}
	switch what {
	case "get", "check", "self":
		p.reads(node, what, route.Method)
	case "update":
		if !route.Body.IsNull() {
			p.refuse(node, "update: the body follows from the fields")
		}
		if route.Method == http.MethodGet || route.Method == http.MethodDelete {
			p.refuse(node, "update: the method %s changes no field", route.Method)
		}
		if route.ReadFirst && (route.Method != http.MethodPut || len(route.Repeat)+len(route.Complete) > 0) {
			p.refuse(node, "update: read-first sends the whole user by PUT, so it needs neither repeat nor complete")
		}
	default:
		if route.Method == http.MethodGet {
			p.refuse(node, "%s: a GET changes nothing", what)
		}
	}
	if !route.Body.IsNull() && !route.Body.IsObject() {
		p.refuse(node, "%s: the body must be an object", what)
	}
	return &route
}

// groups reads the requests about groups. The values of their templates are {group} and {user}, both ids.
func (p *parser) groups(node *yaml.Node) {
	g := &Groups{}
	p.object(node, "groups", words{
		"list":    func(node *yaml.Node) { g.List = p.listing(node, "list", "groups", Pointer{"id"}) },
		"members": func(node *yaml.Node) { g.Members = p.listing(node, "members", "users", Pointer{p.d.ID}, "group") },
		"member": func(node *yaml.Node) {
			g.Member = p.membership(node, "member")
			p.reads(node, "member", g.Member.Method)
		},
		"add":    func(node *yaml.Node) { g.Add = p.membership(node, "add") },
		"remove": func(node *yaml.Node) { g.Remove = p.membership(node, "remove") },
	}, "list", "members", "add", "remove")
	for _, changing := range []*Route{g.Add, g.Remove} {
		if changing != nil && changing.Method == http.MethodGet {
			p.refuse(node, "groups: a GET changes nothing")
		}
	}
	p.d.Groups = g
}

// listing reads a list of groups or of members, whose place has this word.
func (p *parser) listing(node *yaml.Node, what, place string, id Pointer, names ...string) Listing {
	l := Listing{ID: id}
	l.Route = p.route(node, what, names, words{
		place: p.pointer(place, &l.Users), "id": p.pointer("id", &l.ID), "name": p.pointer("name", &l.Name),
		"only": func(node *yaml.Node) { l.Only = p.match(node, "only", "is") },
		"page": func(node *yaml.Node) { l.Page = p.page(node) },
	}, "repeat", "complete", "no-user", "status", "user", "body", "read-first")
	if l.Users == nil {
		p.refuse(node, `%s: the word %s is missing: the place of the list, "" for the whole response`, what, place)
	}
	p.reads(node, what, l.Method)
	return l
}

// membership reads a request about one user in one group.
func (p *parser) membership(node *yaml.Node, what string) *Route {
	route := p.route(node, what, []string{"group", "user"}, nil, "repeat", "complete", "no-user", "user", "read-first")
	named := append(route.Path.Names(), route.Body.names()...)
	for _, name := range []string{"group", "user"} {
		if route.Text != "" && !slices.Contains(named, name) {
			p.refuse(node, "%s: the path or the body must contain {%s}", what, name)
		}
	}
	return &route
}

func (p *parser) example(node *yaml.Node) {
	e := Example{Operation: "create", Line: node.Line, Settings: map[string]string{}, Record: map[string]Value{}}
	operations := []string{"create", "find", "get", "update", "deactivate", "activate", "delete", "revoke-sessions", "reset-mfa", "groups", "members", "add-member", "remove-member"}
	outcomes := []string{"conflict", "ambiguous", "absent", "invalid", "denied", "busy"}
	p.object(node, "examples", words{
		"docs":      p.text("docs", &e.Docs),
		"composed":  p.truth("composed", &e.Composed),
		"operation": p.oneOf("operation", operations, func(text string) { e.Operation = text }),
		"settings": func(node *yaml.Node) {
			p.object(node, "settings", p.anyWords(node, func(name string, value *yaml.Node) { e.Settings[name] = p.scalar(value, "settings") }))
		},
		"record": func(node *yaml.Node) {
			p.object(node, "record", p.anyWords(node, func(name string, value *yaml.Node) { e.Record[name] = p.json(value, "record", nil) }))
		},
		"key": p.text("key", &e.Key),
		"id":  p.text("id", &e.ID), "group": p.text("group", &e.Group),
		"request": func(node *yaml.Node) {
			p.object(node, "request", words{
				"method": p.text("method", &e.Request.Method), "path": p.text("path", &e.Request.Path),
				"body": func(node *yaml.Node) { e.Request.Body, e.Request.HasBody = p.json(node, "body", nil), true },
				"form": p.text("form", &e.Request.Form),
			}, "method", "path")
		},
		"response": func(node *yaml.Node) {
			p.object(node, "response", words{
				"status": p.number("status", 200, 599, &e.Response.Status),
				"headers": func(node *yaml.Node) {
					e.Response.Headers = map[string]string{}
					p.object(node, "headers", p.anyWords(node, func(name string, value *yaml.Node) { e.Response.Headers[name] = p.scalar(value, "headers") }))
				},
				"body": func(node *yaml.Node) { e.Response.Body, e.Response.HasBody = p.json(node, "body", nil), true },
			}, "status")
		},
		"user": func(node *yaml.Node) {
			p.object(node, "user", words{"id": p.text("id", &e.UserID), "key": p.text("key", &e.UserKey)})
		},
		"outcome": p.oneOf("outcome", outcomes, func(text string) { e.Outcome = text }),
	}, "docs", "request", "response")
	p.d.Examples = append(p.d.Examples, e)
}
