package describe

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Parse reads a description. The error is of type [Errors], with every error that was found.
func Parse(text []byte) (*Description, error) {
	root, failed := top(text)
	if failed != nil {
		return nil, Errors{*failed}
	}
	p := &parser{d: &Description{ID: "id", User: Pointer{}}, nodes: map[string]*yaml.Node{}}
	p.document(root)
	if len(p.errors) == 0 {
		p.rules(root)
	}
	if len(p.errors) > 0 {
		slices.SortStableFunc(p.errors, func(a, b Error) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
		return nil, p.errors
	}
	return p.d, nil
}

// parser reads one description.
type parser struct {
	reader
	d *Description
	// nodes are the values of the words of the document, for errors about them.
	nodes map[string]*yaml.Node
}

// document reads the words in an order in which each knows those that it refers to.
func (p *parser) document(root *yaml.Node) {
	later := map[string]*yaml.Node{}
	known := words{}
	for _, name := range topWords() {
		known[name] = func(node *yaml.Node) { later[name], p.nodes[name] = node, node }
	}
	p.object(root, "the description", known, "usher", "name", "vendor", "docs", "auth", "key", "fields", "create")
	reads := p.topReaders()
	for _, name := range topWords() {
		if node := later[name]; node != nil {
			reads[name](node)
		}
	}
}

// topWords lists the words of the document in the order in which they are read.
func topWords() []string {
	return []string{
		"usher", "name", "vendor", "docs", "base-url", "proof", "notes", "settings", "auth", "key", "unique", "id", "user", "organization", "envelope",
		"body", "fields", "constants", "state", "created", "modified", "conflict", "busy", "refused", "rate", "error",
		"create", "find", "list", "get", "update", "deactivate", "activate", "delete", "check", "self", "revoke-sessions", "reset-mfa", "groups", "examples",
	}
}

func (p *parser) topReaders() words {
	d := p.d
	var version, proof string
	return words{
		"usher": func(node *yaml.Node) {
			if version = p.scalar(node, "usher"); version != Version {
				p.refuse(node, "usher must be %s: this program knows no other format", Version)
			}
		},
		"name":     p.text("name", &d.Name),
		"vendor":   p.text("vendor", &d.Vendor),
		"docs":     p.text("docs", &d.Docs),
		"base-url": p.text("base-url", &d.BaseURL),
		"proof": p.oneOf("proof", []string{string(ProofServer), string(ProofSeen), string(ProofDocumented)}, func(text string) {
			proof = text
			d.Proof = Proof(proof)
		}),
		"notes":    p.texts("notes", &d.Notes),
		"settings": func(node *yaml.Node) { p.list(node, "settings", p.setting) },
		"auth":     func(node *yaml.Node) { p.list(node, "auth", p.auth) },
		"key":      p.key,
		"unique":   p.unique,
		"id": func(node *yaml.Node) {
			var place Pointer
			p.pointer("id", &place)(node)
			if len(place) != 1 {
				p.refuse(node, `id must be a property of a user's object, such as "/id"`)
				return
			}
			d.ID = place[0]
		},
		"user":         p.pointer("user", &d.User),
		"organization": p.text("organization", &d.Organization),
		"envelope":     p.text("envelope", &d.Envelope),
		"fields":       func(node *yaml.Node) { p.list(node, "fields", p.field) },
		"constants":    func(node *yaml.Node) { d.Constants = p.constants(node, "constants") },
		"state":        func(node *yaml.Node) { d.State = p.match(node, "state", "inactive") },
		"created":      p.pointer("created", &d.Created),
		"modified":     p.pointer("modified", &d.Modified),
		"conflict":     func(node *yaml.Node) { p.list(node, "conflict", p.conflict) },
		"busy":         func(node *yaml.Node) { p.list(node, "busy", p.busy) },
		"body":         p.oneOf("body", []string{"form", "json"}, func(text string) { d.Form = text == "form" }),
		"rate": func(node *yaml.Node) {
			d.Quota = &Quota{}
			p.object(node, "rate", words{"remaining": p.text("remaining", &d.Quota.Remaining), "reset": p.text("reset", &d.Quota.Reset)}, "remaining", "reset")
			p.headerName(node, "rate", d.Quota.Remaining)
			p.headerName(node, "rate", d.Quota.Reset)
		},
		"refused": func(node *yaml.Node) { d.Refused = p.match(node, "refused", "is") },
		"error": func(node *yaml.Node) {
			var reasons []string
			p.object(node, "error", words{
				"reason": func(node *yaml.Node) {
					p.texts("reason", &reasons)(node)
					for _, text := range reasons {
						pointer, err := ParsePointer(text)
						if p.check(node, err) {
							d.Reasons = append(d.Reasons, pointer)
						}
					}
				},
				"absent": func(node *yaml.Node) { // any value shows that the API itself has written the body
					d.Absent = &Match{}
					p.object(node, "absent", words{"at": p.pointer("at", &d.Absent.At), "is": p.texts("is", &d.Absent.Is)}, "at")
				},
			})
		},
		"create":          p.create,
		"find":            p.find,
		"list":            p.lister,
		"get":             func(node *yaml.Node) { d.Get = p.plainRoute(node, "get", "id") },
		"update":          func(node *yaml.Node) { d.Update = p.plainRoute(node, "update", "id") },
		"deactivate":      func(node *yaml.Node) { d.Deactivate = p.plainRoute(node, "deactivate", "id") },
		"activate":        func(node *yaml.Node) { d.Activate = p.plainRoute(node, "activate", "id") },
		"delete":          func(node *yaml.Node) { d.Delete = p.plainRoute(node, "delete", "id") },
		"revoke-sessions": func(node *yaml.Node) { d.RevokeSessions = p.plainRoute(node, "revoke-sessions", "id") },
		"reset-mfa":       func(node *yaml.Node) { d.ResetMFA = p.plainRoute(node, "reset-mfa", "id") },
		"check":           func(node *yaml.Node) { d.CheckRead = p.plainRoute(node, "check") },
		"self":            func(node *yaml.Node) { d.Self = p.plainRoute(node, "self") },
		"groups":          p.groups,
		"examples":        func(node *yaml.Node) { p.list(node, "examples", p.example) },
	}
}

func (p *parser) setting(node *yaml.Node) {
	var s Setting
	p.object(node, "settings", words{
		"name": p.text("name", &s.Name), "help": p.text("help", &s.Help), "default": p.text("default", &s.Default), "values": p.texts("values", &s.Values),
		"optional": p.truth("optional", &s.Optional),
	}, "name", "help")
	if s.Optional && s.Default != "" {
		p.refuse(node, "settings: a setting with a default is not optional")
	}
	p.kebab(node, "settings", s.Name)
	p.d.Settings = append(p.d.Settings, s)
}

// kebab checks a name that becomes a flag. The error does not have it: it may be the token that belongs into the setting.
func (p *parser) kebab(node *yaml.Node, what, name string) {
	if name != "" && !kebabPattern.MatchString(name) {
		p.refuse(node, "%s: a name must consist of a-z, 0-9 and hyphens, and begin with a letter", what)
	}
}

var kebabPattern = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// settingNames lists the settings that a template may contain.
func (p *parser) settingNames() []string {
	var names []string
	for _, s := range p.d.Settings {
		names = append(names, s.Name)
	}
	return names
}

func (p *parser) auth(node *yaml.Node) {
	p.object(node, "auth", words{
		"header":   func(*yaml.Node) { p.header(node) },
		"prefix":   func(*yaml.Node) {},
		"setting":  func(*yaml.Node) {},
		"help":     func(*yaml.Node) {},
		"optional": func(*yaml.Node) {},
		"basic": func(inner *yaml.Node) {
			b := Basic{Username: "username", Password: "password", UsernameHelp: "username of an administrator", PasswordHelp: "password of the administrator"}
			p.object(inner, "basic", words{
				"user": p.text("user", &b.Username), "password": p.text("password", &b.Password),
				"user-help": p.text("user-help", &b.UsernameHelp), "password-help": p.text("password-help", &b.PasswordHelp),
			})
			p.kebab(inner, "basic", b.Username)
			p.kebab(inner, "basic", b.Password)
			p.d.Auth.Basic = &b
		},
		"oauth": p.oauth,
		"login": p.login,
	})
	if len(node.Content) > 2 && !p.has(node, "header") {
		p.refuse(node, "auth: each item is one way: header, basic, oauth or login")
	}
}

// has reports whether a mapping has a word.
func (p *parser) has(node *yaml.Node, word string) bool {
	for pair := range slices.Chunk(node.Content, 2) {
		if pair[0].Value == word {
			return true
		}
	}
	return false
}

func (p *parser) header(node *yaml.Node) {
	var h Header
	p.object(node, "auth", words{
		"header": p.text("header", &h.Name), "prefix": p.text("prefix", &h.Prefix), "setting": p.text("setting", &h.Setting),
		"help": p.text("help", &h.Help), "optional": p.truth("optional", &h.Optional),
	}, "header", "setting", "help")
	p.credentialHeader(node, h.Name)
	p.kebab(node, "auth", h.Setting)
	p.d.Auth.Headers = append(p.d.Auth.Headers, h)
}

// headerName checks the name of a header: it is a token, so no template.
func (p *parser) headerName(node *yaml.Node, what, name string) {
	if name != "" && !headerPattern.MatchString(name) {
		p.refuse(node, "%s: the name of a header consists of letters, digits and hyphens, and has no template", what)
	}
}

// credentialHeader checks the name of a header that contains a credential.
func (p *parser) credentialHeader(node *yaml.Node, name string) {
	p.headerName(node, "auth", name)
	switch http.CanonicalHeaderKey(name) {
	case "Host", "Content-Length", "Content-Type", "Transfer-Encoding", "Connection", "Accept", "User-Agent", "Cookie":
		p.refuse(node, "auth: the header %s cannot contain a credential", http.CanonicalHeaderKey(name))
	}
}

var headerPattern = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

func (p *parser) oauth(node *yaml.Node) {
	var o OAuth
	var scope string
	p.object(node, "oauth", words{
		"token":       func(node *yaml.Node) { o.Origin, o.Path = p.tokenAddress(node) },
		"credentials": p.oneOf("credentials", []string{"basic", "body"}, func(text string) { o.InBody = text == "body" }),
		"scope":       p.text("scope", &scope),
		"parameters": func(node *yaml.Node) {
			p.object(node, "parameters", p.anyWords(node, func(name string, value *yaml.Node) {
				parsed, err := ParseTemplate(p.scalar(value, "parameters"), p.settingNames())
				if p.check(value, err) {
					o.Parameters = append(o.Parameters, Parameter{Name: name, Value: parsed})
				}
			}))
		},
	}, "token")
	o.Scopes = strings.Fields(scope)
	p.d.Auth.OAuth = &o
}

// anyWords returns words for every name that a mapping has.
func (p *parser) anyWords(node *yaml.Node, read func(name string, value *yaml.Node)) words {
	known := words{}
	if node.Kind == yaml.MappingNode {
		for pair := range slices.Chunk(node.Content, 2) {
			name := pair[0].Value
			known[name] = func(value *yaml.Node) { read(name, value) }
		}
	}
	return known
}

func (p *parser) login(node *yaml.Node) {
	l := Login{Header: "Authorization", Prefix: "Bearer "}
	var body *yaml.Node
	p.object(node, "login", words{
		"request": func(node *yaml.Node) {
			method, rest, _ := strings.Cut(p.scalar(node, "request"), " ")
			if method != http.MethodPost {
				p.refuse(node, "login: the request must be a POST")
				return
			}
			path, err := ParsePath(rest, p.settingNames())
			if p.check(node, err) {
				l.Path = path
			}
		},
		"settings": func(node *yaml.Node) {
			p.list(node, "settings", func(item *yaml.Node) {
				var c Credential
				p.object(item, "settings", words{"name": p.text("name", &c.Name), "help": p.text("help", &c.Help)}, "name", "help")
				p.kebab(item, "login", c.Name)
				l.Settings = append(l.Settings, c)
			})
		},
		"body":         func(node *yaml.Node) { body = node },
		"token":        p.pointer("token", &l.Token),
		"token-header": p.text("token-header", &l.TokenHeader),
		"header":       p.text("header", &l.Header),
		"prefix":       p.text("prefix", &l.Prefix),
	}, "request", "settings", "body")
	p.credentialHeader(node, l.Header)
	if body != nil {
		var names []string
		for _, c := range l.Settings {
			names = append(names, c.Name)
		}
		p.value("body", append(names, p.settingNames()...), &l.Body)(body)
	}
	if len(l.Settings) == 0 {
		p.refuse(node, "login: the list settings is empty")
	}
	if (l.Token == nil) == (l.TokenHeader == "") {
		p.refuse(node, "login: exactly one of the words token and token-header says where the token is")
	}
	p.d.Auth.Login = &l
}

// tokenAddress reads the path of a token endpoint, or its whole address: the host is part of the description, and only the
// path may contain settings.
func (p *parser) tokenAddress(node *yaml.Node) (origin string, path Path) {
	text := p.scalar(node, "token")
	if scheme, rest, isAddress := strings.Cut(text, "://"); isAddress {
		host, below, _ := strings.Cut(rest, "/")
		origin, text = scheme+"://"+host, "/"+below
		p.checkAddress(node, "token", origin, true)
	}
	path, err := ParsePath(text, p.settingNames())
	p.check(node, err)
	return origin, path
}

func (p *parser) key(node *yaml.Node) {
	if node.Kind == yaml.ScalarNode {
		p.d.Key.Field = p.scalar(node, "key")
		return
	}
	p.object(node, "key", words{
		"field":   p.text("field", &p.d.Key.Field),
		"compare": p.oneOf("compare", []string{"exact", "lower"}, func(text string) { p.d.Key.Compare = Compare(text) }),
		"docs":    p.text("docs", &p.d.Key.Docs),
	}, "field")
}

func (p *parser) unique(node *yaml.Node) {
	levels := []string{"documented", "enforced"}
	level := func(text string) { p.d.Unique.Level = text }
	if node.Kind == yaml.ScalarNode {
		p.oneOf("unique", levels, level)(node)
		return
	}
	p.object(node, "unique", words{
		"level": p.oneOf("level", levels, level), "docs": p.text("docs", &p.d.Unique.Docs), "fields": p.texts("fields", &p.d.Unique.Fields),
	}, "level", "docs")
}

func (p *parser) field(node *yaml.Node) {
	f := p.oneField(node, false)
	p.d.Fields = append(p.d.Fields, f)
}

// oneField reads a field, or a part of the objects of one.
func (p *parser) oneField(node *yaml.Node, isPart bool) Field {
	f := Field{Line: node.Line}
	var wire Pointer
	var pattern string
	var values []string
	kinds := map[string]schema.Kind{"string": schema.String, "integer": schema.Integer, "boolean": schema.Boolean, "strings": schema.Strings, "objects": schema.Objects}
	formats := []string{"email", "uuid", "uri", "date", "date-time", "non-blank"}
	known := words{
		"name":        p.text("name", &f.Name),
		"title":       p.text("title", &f.Title),
		"help":        p.text("help", &f.Help),
		"means":       p.oneOf("means", meanings(), func(text string) { f.Means = schema.Meaning(text) }),
		"kind":        p.oneOf("kind", sorted(kinds), func(text string) { f.Kind = kinds[text] }),
		"format":      p.oneOf("format", formats, func(text string) { f.Format = schema.Format(text) }),
		"wire":        p.pointer("wire", &wire),
		"in":          p.oneOf("in", []string{"body", "path"}, func(text string) { f.In = map[string]schema.Place{"path": schema.Path}[text] }),
		"required":    p.truth("required", &f.Required),
		"secret":      p.truth("secret", &f.Secret),
		"hash":        p.truth("hash", &f.Hash),
		"write-only":  p.truth("write-only", &f.WriteOnly),
		"immutable":   p.truth("immutable", &f.Immutable),
		"pattern":     p.text("pattern", &pattern),
		"example":     p.text("example", &f.Example),
		"min":         p.number("min", 1, 1<<20, &f.MinLength),
		"max":         p.number("max", 1, 1<<20, &f.MaxLength),
		"values":      p.texts("values", &values),
		"suggestions": p.texts("suggestions", &f.Suggestions),
		"aliases":     p.texts("aliases", &f.Aliases),
		"flag":        p.text("flag", &f.Flag),
		"copies": func(node *yaml.Node) {
			var places []string
			p.texts("copies", &places)(node)
			for _, text := range places {
				place, err := ParsePointer(text)
				if p.check(node, err) {
					f.Copies = append(f.Copies, place)
				}
			}
		},
		"with": func(node *yaml.Node) { f.With = p.constants(node, "with") },
		"parts": func(node *yaml.Node) {
			p.list(node, "parts", func(item *yaml.Node) { f.Parts = append(f.Parts, p.oneField(item, true).Field) })
		},
	}
	if isPart {
		for _, word := range []string{"wire", "in", "copies", "with", "flag", "parts", "immutable", "hash", "write-only", "secret", "means"} {
			delete(known, word)
		}
	}
	p.object(node, "fields", known, "name")
	if (f.Kind == schema.Objects) != (len(f.Parts) > 0) || isPart && f.Kind.IsList() {
		p.refuse(node, "fields: %s: the kind objects and the word parts need each other, and a part is a single value", f.Name)
	}
	if pattern != "" {
		compiled, err := regexp.Compile(pattern)
		if err != nil {
			p.refuse(node, "fields: the pattern of %s is not a regular expression of RE2", f.Name)
		}
		f.Pattern = compiled
	}
	if values != nil {
		f.Suggestions, f.Closed = values, true
	}
	if wire != nil {
		f.Wire = wire
	}
	if f.In == schema.Path && (!f.Required || f.Kind.IsList() || f.Secret || wire != nil || len(f.Copies)+len(f.With) > 0) {
		p.refuse(node, "fields: %s is in the path: it must be a required single value that is not a secret, without places in the body", f.Name)
	}
	if f.Secret {
		f.WriteOnly = true
	}
	f.Help = cmp.Or(f.Help, strings.ToLower(f.Title), f.Name)
	return f
}

func (p *parser) constants(node *yaml.Node, what string) []Constant {
	var list []Constant
	p.object(node, what, p.anyWords(node, func(name string, value *yaml.Node) {
		place, err := ParsePointer(name)
		if err != nil || len(place) == 0 {
			p.refuse(value, `%s maps places such as "/enabled" to values`, what)
			return
		}
		c := Constant{Place: place}
		p.value(what, p.settingNames(), &c.Value)(value)
		list = append(list, c)
	}))
	return list
}

// match reads {at: /status, is: 404}, or with another word instead of "is".
func (p *parser) match(node *yaml.Node, what, is string) *Match {
	m := &Match{}
	p.object(node, what, words{"at": p.pointer("at", &m.At), is: p.texts(is, &m.Is)}, "at", is)
	return m
}

func (p *parser) conflict(node *yaml.Node) {
	refusal := p.refusal(node, "conflict", http.StatusOK)
	switch refusal.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		p.refuse(node, "conflict: %d already has a meaning", refusal.Status)
	}
	if refusal.Status/100 == 2 && refusal.Match == nil {
		p.refuse(node, "conflict: a good status is a conflict only with the words at and is")
	}
	p.d.Conflicts = append(p.d.Conflicts, refusal)
}

func (p *parser) busy(node *yaml.Node) {
	refusal := p.refusal(node, "busy", http.StatusBadRequest)
	if refusal.Match == nil {
		p.refuse(node, "busy: the words at and is say what the status means: 429 has that meaning by itself")
	}
	p.d.Busy = append(p.d.Busy, refusal)
}

// refusal reads {status: 400, at: /code, is: TAKEN}, with a status that is not smaller than the least.
func (p *parser) refusal(node *yaml.Node, what string, least int) Refusal {
	var r Refusal
	m := &Match{}
	known := words{"status": p.number("status", least, 499, &r.Status), "at": p.pointer("at", &m.At), "is": p.texts("is", &m.Is)}
	if what == "conflict" {
		known["lookup"] = p.truth("lookup", &r.Lookup)
	}
	p.object(node, what, known, "status")
	if (m.At == nil) != (m.Is == nil) {
		p.refuse(node, "%s: the words at and is need each other", what)
	}
	if m.At != nil {
		r.Match = m
	}
	if r.Status/100 == 3 {
		p.refuse(node, "%s: %d is a redirect, which is not followed", what, r.Status)
	}
	return r
}

// meanings returns the values of the word means.
func meanings() []string {
	var names []string
	for _, meaning := range schema.Meanings() {
		names = append(names, string(meaning))
	}
	return names
}
