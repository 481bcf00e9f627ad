package describe

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/pkg/schema"
)

// rules checks what no single word can show.
func (p *parser) rules(root *yaml.Node) {
	d := p.d
	at := func(word string) *yaml.Node {
		if node := p.nodes[word]; node != nil {
			return node
		}
		return root
	}
	if !kebabPattern.MatchString(d.Name) || len(d.Name) > 40 {
		p.refuse(at("name"), "name must consist of a-z, 0-9 and hyphens, and begin with a letter")
	}
	if strings.TrimSpace(d.Vendor) == "" || strings.ContainsAny(d.Vendor, "\n\r\t") {
		p.refuse(at("vendor"), "vendor must be one line")
	}
	p.checkAddress(at("docs"), "docs", d.Docs, false)
	if d.BaseURL != "" {
		p.checkAddress(at("base-url"), "base-url", d.BaseURL, true)
	}
	p.checkSettings(at("auth"))
	p.checkFields(at("fields"))
	p.checkKey(at("key"), at("unique"))
	p.checkCapabilities(root, at)
	p.checkExamples(at("examples"))
}

// checkAddress checks an address that is shown or that requests are sent to.
func (p *parser) checkAddress(node *yaml.Node, what, text string, isBase bool) {
	if strings.ContainsAny(text, "{}") {
		p.refuse(node, "%s has no templates: the host of every request is fixed by the profile", what)
		return
	}
	address, err := url.Parse(text)
	if err != nil || address.Host == "" || address.User != nil || isBase && (address.RawQuery != "" || address.Fragment != "") {
		p.refuse(node, "%s must be an address such as https://api.example.com/v1", what)
		return
	}
	if address.Scheme != "https" && (address.Scheme != "http" || !isLoopback(address.Hostname())) {
		p.refuse(node, "%s: plain http:// would send credentials unencrypted; use https://", what)
	}
	if isBase && strings.HasSuffix(text, "/") {
		p.refuse(node, "base-url has no slash at its end")
	}
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// IsCommonSetting reports whether every profile has a setting of this name, so that no description can define it.
func IsCommonSetting(name string) bool { return slices.Contains(commonSettings(), name) }

// commonSettings are the settings that every profile has, which a description cannot define anew.
func commonSettings() []string {
	return []string{
		"base-url", "tenant", "rate", "concurrency", "timeout", "settle-after", "max-wait", "ca-file", "client-cert", "client-key", "allow-http",
		"max-rows", "confirm", "provider", "defaults", "mapping", "default", "update", "use", "profile", "output", "jq", "config", "verbose", "help",
		"no-input", "no-color", "key", "id",
	}
}

func (p *parser) checkSettings(node *yaml.Node) {
	seen := map[string]bool{}
	for _, name := range append(p.settingNames(), p.d.Auth.settings()...) {
		if IsCommonSetting(name) {
			p.refuse(node, "the setting %s has a meaning in every profile: use another name", name)
		}
		if seen[name] {
			p.refuse(node, "the setting %s is used twice", name)
		}
		seen[name] = true
	}
	a := p.d.Auth
	if len(a.Headers) == 0 && a.Basic == nil && a.OAuth == nil && a.Login == nil {
		p.refuse(node, "auth is empty")
	}
	for _, s := range p.d.Settings {
		if s.Values != nil && s.Default != "" && !slices.Contains(s.Values, s.Default) {
			p.refuse(node, "the default of the setting %s is none of its values", s.Name)
		}
		if strings.HasSuffix(s.Help, ".") {
			p.refuse(node, "the help of the setting %s is a phrase without a full stop", s.Name)
		}
	}
}

// settings lists the settings with credentials.
func (a Auth) settings() []string {
	var names []string
	for _, h := range a.Headers {
		names = append(names, h.Setting)
	}
	if a.Basic != nil {
		names = append(names, a.Basic.Username, a.Basic.Password)
	}
	if a.OAuth != nil {
		names = append(names, "client-id", "client-secret")
	}
	if a.Login != nil {
		for _, c := range a.Login.Settings {
			names = append(names, c.Name)
		}
	}
	return names
}

func (p *parser) checkFields(node *yaml.Node) {
	fault := func(line int, format string, values ...any) {
		p.refuse(&yaml.Node{Line: line, Column: node.Column}, format, values...)
	}
	var places [][]string
	take := func(line int, place []string) {
		for _, other := range places {
			if short := min(len(place), len(other)); slices.Equal(place[:short], other[:short]) {
				fault(line, "fields: the place %s is taken already", Pointer(place))
			}
		}
		places = append(places, place)
	}
	names := map[string]string{}
	for _, f := range p.d.Fields {
		if f.Name == "" || strings.Trim(f.Name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") != "" {
			fault(f.Line, "fields: a name consists of letters, digits, dots, hyphens and underscores")
			continue
		}
		for _, word := range append([]string{f.Name, f.FlagName(), f.Label()}, f.Aliases...) {
			folded := schema.FoldName(word)
			if other, taken := names[folded]; taken && other != f.Name {
				fault(f.Line, "fields: %q means the fields %s and %s", schema.Shorten(word, 40), other, f.Name)
			}
			names[folded] = f.Name
		}
		if f.In == schema.Body {
			take(f.Line, f.WirePath())
		} else if f.Name != p.d.Scope() || !slices.Contains(p.d.Create.Path.Names(), f.Name) {
			fault(f.Line, "fields: %s is in the path: it must be the only such field, and the path of create must contain {%s}", f.Name, f.Name)
		}
		for _, place := range f.Copies {
			take(f.Line, place)
		}
		for _, c := range f.With {
			take(f.Line, c.Place)
		}
		if strings.HasSuffix(f.Help, ".") {
			fault(f.Line, "fields: the help of %s is a phrase without a full stop", f.Name)
		}
		if f.Pattern != nil && f.Example == "" {
			fault(f.Line, "fields: %s has a pattern and needs an example", f.Name)
		}
		if f.MaxLength > 0 && f.MinLength > f.MaxLength {
			fault(f.Line, "fields: the smallest length of %s is larger than the largest", f.Name)
		}
		for _, text := range append(slices.Clone(f.Suggestions), f.Example) {
			if value, wrong := f.Parse(text); text != "" && (wrong != nil || len(f.checked(value)) > 0) {
				fault(f.Line, "fields: an example or a value of %s breaks its own rules", f.Name)
			}
		}
	}
	for _, c := range p.d.Constants {
		take(node.Line, c.Place)
	}
	for _, pointer := range p.everyPlace() {
		if slices.Contains(pointer, "*") {
			p.refuse(node, "a place in a body cannot have the step *")
		}
	}
}

// checked checks a value against everything but the example, which is valid by definition, and the format: vendors' sites
// print an email address as "[email protected]".
func (f Field) checked(value any) schema.FieldErrors {
	plain := f.Field
	plain.Example, plain.Format = "", schema.AnyText
	return plain.Check(value)
}

func (p *parser) everyPlace() [][]string {
	var places [][]string
	for _, f := range p.d.Fields {
		if f.In == schema.Body {
			places = append(places, f.WirePath())
		}
		places = append(places, f.Copies...)
		for _, c := range f.With {
			places = append(places, c.Place)
		}
	}
	return places
}

func (p *parser) checkKey(node, unique *yaml.Node) {
	d := p.d
	i := slices.IndexFunc(d.Fields, func(f Field) bool { return f.Name == d.Key.Field })
	if i < 0 {
		names := make([]string, len(d.Fields))
		for i, f := range d.Fields {
			names[i] = f.Name
		}
		p.refuse(node, "key: %s", unknown("field", d.Key.Field, names))
		return
	}
	if d.Organization != "" && !slices.ContainsFunc(d.Fields, func(f Field) bool { return f.Name == d.Organization && !f.Secret && f.In == schema.Body }) {
		p.refuse(node, "organization must be a field of the body that is not a secret")
	}
	key := &d.Fields[i]
	if key.Kind != schema.String || key.In != schema.Body || !key.Required || key.Secret || key.WriteOnly {
		p.refuse(node, "key: the field %s must be a required text that can be read back and is not a secret", key.Name)
	}
	if slices.ContainsFunc(key.WirePath(), isIndex) {
		p.refuse(node, "key: the key cannot be an item of a list")
	}
	key.Identifier = true
	if d.Key.Compare != CompareUnknown && d.Key.Docs == "" {
		p.refuse(node, "key: the word docs says where the comparison is documented")
	}
	if d.Key.Docs != "" {
		p.checkAddress(node, "docs", d.Key.Docs, false)
	}
	if d.Unique.Level == "" {
		return
	}
	if d.Unique.Docs == "" {
		d.Unique.Docs = d.Docs
	}
	p.checkAddress(unique, "docs", d.Unique.Docs, false)
	if len(d.Unique.Fields) == 0 {
		d.Unique.Fields = []string{d.Key.Field}
	}
	for _, name := range d.Unique.Fields {
		if !slices.ContainsFunc(d.Fields, func(f Field) bool { return f.Name == name }) {
			p.refuse(unique, "unique: there is no field %s", name)
		}
	}
	if !slices.Contains(d.Unique.Fields, d.Key.Field) {
		p.refuse(unique, "unique: the key %s is not among the fields", d.Key.Field)
	}
}

var indexPattern = regexp.MustCompile(`^(0|[1-9][0-9]*)$`)

func isIndex(step string) bool { return indexPattern.MatchString(step) }

// checkCapabilities checks that operations that need each other are described together.
func (p *parser) checkCapabilities(root *yaml.Node, at func(string) *yaml.Node) {
	d := p.d
	reads := []bool{d.Find != nil, d.List != nil, d.Get != nil}
	if slices.Contains(reads, true) && slices.Contains(reads, false) {
		p.refuse(root, "find, list and get are described together or not at all: one of them alone proves nothing about a user")
	}
	for name, route := range d.Routes() {
		if name != "create" && name != "check" && d.Get == nil {
			p.refuse(at(name), "%s needs find, list and get: nothing is changed unless the user was read", name)
		}
		if route.Docs == "" {
			route.Docs = d.Docs
		}
		p.checkAddress(at(name), name+": docs", route.Docs, false)
		if route.User == nil {
			route.User = d.User
		}
		for _, prefix := range route.Complete {
			if !slices.ContainsFunc(d.Fields, func(f Field) bool { return strings.HasPrefix(f.Name, prefix+".") }) {
				p.refuse(at(name), "%s: complete: no field is inside %q", name, schema.Shorten(prefix, 40))
			}
		}
	}
	if d.Activate != nil && d.Deactivate == nil {
		p.refuse(at("activate"), "activate needs deactivate")
	}
	if d.Deactivate != nil && d.State == nil {
		p.refuse(at("deactivate"), "deactivate needs the word state: what shows that a user is deactivated")
	}
	if d.Update != nil && len(d.Table().Mutable()) == 0 {
		p.refuse(at("update"), "update: every field is immutable")
	}
	lists := map[string]*List{"list": d.List}
	if d.Groups != nil {
		lists["groups"], lists["members"] = &d.Groups.List.List, &d.Groups.Members.List
	}
	for _, name := range sorted(lists) {
		list := lists[name]
		if list == nil || list.Page == nil {
			continue
		}
		for _, parameter := range list.Query {
			if parameter.Name == list.Page.Parameter || parameter.Name == list.Page.Size {
				p.refuse(at(name), "%s: the parameter %s belongs to the pages", name, parameter.Name)
			}
		}
	}
	if len(d.Create.Statuses) == 0 {
		d.Create.Statuses = []int{http.StatusCreated}
	}
	if slices.Contains(d.Create.Statuses, http.StatusAccepted) {
		p.refuse(at("create"), "create: 202 affirms nothing")
	}
	for _, c := range d.Conflicts {
		if c.Lookup && d.Find == nil {
			p.refuse(at("conflict"), "conflict: lookup needs find")
		}
		if c.Status/100 == 2 && d.Refused == nil {
			p.refuse(at("conflict"), "conflict: a good status needs the word refused: what denies success")
		}
	}
	if d.Form {
		p.checkForm(at("body"))
	}
}

// checkForm checks that every body is an object whose properties a form can have.
func (p *parser) checkForm(node *yaml.Node) {
	d := p.d
	if d.Envelope != "" {
		p.refuse(node, "body: a form has no envelope")
	}
	for _, place := range p.everyPlace() {
		if len(place) != 1 {
			p.refuse(node, "body: a form has no nested place %s", Pointer(place))
		}
	}
	values := slices.Clone(d.Constants)
	for _, f := range d.Fields {
		if f.Kind == schema.Objects {
			p.refuse(node, "body: a form cannot contain the objects of %s", f.Name)
		}
		values = append(values, f.With...)
	}
	for _, c := range values {
		if len(c.Place) != 1 || !c.Value.isScalar() {
			p.refuse(node, "body: the constant %s is not a single value at the top of a form", Pointer(c.Place))
		}
	}
	routes := d.Routes()
	for _, name := range sorted(routes) {
		route := routes[name]
		for _, member := range route.Body.members {
			if !member.value.isScalar() {
				p.refuse(node, "body: %s has a property that is not a single value, which a form cannot contain", name)
			}
		}
		if len(route.Repeat) > 0 || route.ReadFirst {
			p.refuse(node, "body: what %s sends again may not fit into a form", name)
		}
	}
}

func (p *parser) checkExamples(node *yaml.Node) {
	d := p.d
	for _, e := range d.Examples {
		fault := func(format string, values ...any) {
			p.refuse(&yaml.Node{Line: e.Line, Column: node.Column + 2}, "examples: "+format, values...)
		}
		p.checkAddress(&yaml.Node{Line: e.Line, Column: node.Column + 2}, "examples: docs", e.Docs, false)
		if d.Routes()[e.Operation] == nil {
			fault("the operation %s is not described", e.Operation)
		}
		for _, name := range sorted(e.Settings) {
			if !slices.Contains(p.settingNames(), name) {
				fault("%s", unknown("setting", name, p.settingNames()))
			}
		}
		for _, name := range sorted(e.Record) {
			if _, ok := d.Table().Field(name); !ok {
				fault("%s", unknown("field", name, d.Table().Names()))
			}
		}
		needs := map[string]string{"find": "key", "get": "id", "update": "id", "deactivate": "id", "activate": "id", "delete": "id", "revoke-sessions": "id", "reset-mfa": "id", "add-member": "id", "remove-member": "id"}[e.Operation]
		if strings.Contains(e.Operation, "member") && e.Group == "" {
			fault("an example of %s needs the word group", e.Operation)
		}
		if needs == "key" && e.Key == "" || needs == "id" && e.ID == "" {
			fault("an example of %s needs the word %s", e.Operation, needs)
		}
		if e.Outcome == "" && e.UserID == "" && !slices.Contains([]string{"delete", "revoke-sessions", "reset-mfa", "add-member", "remove-member"}, e.Operation) {
			fault("the word user or outcome says what the response means")
		}
	}
	if !slices.ContainsFunc(d.Examples, func(e Example) bool { return e.Operation == "create" && e.Outcome == "" }) {
		p.refuse(node, "examples: at least one documented create with its response is needed")
	}
}

// Decode returns the record of an example. The error names the field.
func (e Example) Decode(table schema.Table) (schema.Record, error) {
	record := schema.Record{}
	for _, name := range sorted(e.Record) {
		field, _ := table.Field(name)
		text := e.Record[name].Literal()
		value, err := decodeField(field, text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		record[name] = value
	}
	return record, nil
}
