package draft

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/pkg/schema"
)

// OpenAPI returns a draft from an OpenAPI 3 document, in JSON or YAML, whose POST to a path creates a user. The few members
// that a description needs are read: servers, security, the body's schema, the responses, and which other requests there are
// (https://spec.openapis.org/oas/v3.1.1). The error is a [describe.Error].
func OpenAPI(text []byte, path string, options Options) (*Draft, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil || len(root.Content) != 1 {
		failed := describe.Error{Line: 1, Column: 1, Problem: "neither JSON nor YAML"}
		if err != nil {
			_, _ = fmt.Sscanf(err.Error(), "yaml: line %d:", &failed.Line) // the text of the error may have values
			failed.Line = max(failed.Line, 1)
		}
		return nil, failed
	}
	r := &openAPI{root: root.Content[0], s: &source{Options: options, origin: "an OpenAPI document", others: map[string]string{}}}
	if err := r.read(path); err != nil {
		return nil, err
	}
	return r.s.draft(), nil
}

// openAPI reads one document.
type openAPI struct {
	root *yaml.Node
	s    *source
	// nodes is the number of values that were read, which references multiply.
	nodes int
}

// maxNodes is the largest number of values of a body.
const maxNodes = 2000

// at returns the value of a property, nil if there is none. References within the document are followed.
func (r *openAPI) at(n *yaml.Node, names ...string) *yaml.Node {
	for _, name := range names {
		n = propertyOf(r.resolve(n), name)
	}
	return r.resolve(n)
}

// propertyOf returns the value of a property of a mapping, nil if there is none.
func propertyOf(n *yaml.Node, name string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for pair := range slices.Chunk(n.Content, 2) {
		if pair[0].Value == name {
			return pair[1]
		}
	}
	return nil
}

// resolve follows aliases and references; nil if one leads nowhere, in a circle or out of the document.
func (r *openAPI) resolve(n *yaml.Node) *yaml.Node {
	for range maxDepth {
		if n != nil && n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		reference := propertyOf(n, "$ref")
		if reference == nil {
			return n
		}
		pointer, inside := strings.CutPrefix(reference.Value, "#")
		place, err := describe.ParsePointer(pointer)
		if !inside || err != nil {
			return nil
		}
		n = r.root
		for _, step := range place {
			if name, err := url.PathUnescape(step); err == nil {
				step = name
			}
			n = propertyOf(n, step)
		}
	}
	return nil
}

func textOf(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

// wrong returns the error of a value.
func wrong(n *yaml.Node, format string, values ...any) error {
	if n == nil {
		n = &yaml.Node{}
	}
	return describe.Error{Line: max(n.Line, 1), Column: max(n.Column, 1), Problem: fmt.Sprintf(format, values...)}
}

func (r *openAPI) read(path string) error {
	if version := r.at(r.root, "openapi"); !strings.HasPrefix(textOf(version), "3.") {
		return wrong(version, "the document must have openapi: 3.x")
	}
	paths := r.at(r.root, "paths")
	item := r.at(paths, path)
	if item == nil {
		var names []string
		if paths != nil {
			for pair := range slices.Chunk(paths.Content, 2) {
				names = append(names, pair[0].Value)
			}
		}
		return wrong(paths, "no path %q%s", path, schema.Suggestion(path, names))
	}
	create := r.at(item, "post")
	if r.s.method = http.MethodPost; create == nil {
		if create, r.s.method = r.at(item, "put"), http.MethodPut; create == nil {
			return wrong(item, "the path has neither post nor put: nothing creates a user there")
		}
	}
	if err := r.readAddress(path, item, create); err != nil {
		return err
	}
	r.readPage(create)
	r.readSecurity(create)
	if err := r.readBody(create); err != nil {
		return err
	}
	r.readResponses(create)
	r.readOthers(path, paths)
	return nil
}

// readPage reads who the vendor is and where the page is.
func (r *openAPI) readPage(create *yaml.Node) {
	if title := strings.TrimSpace(textOf(r.at(r.root, "info", "title"))); title != "" && len(title) <= 60 {
		r.s.vendor = strings.TrimSuffix(title, " API")
	}
	for _, owner := range []*yaml.Node{create, r.root} {
		if address := textOf(r.at(owner, "externalDocs", "url")); r.s.Docs == "" && strings.HasPrefix(address, "https://") {
			r.s.Docs = address
		}
	}
}

// readAddress reads the first server, and the parameters of the path.
func (r *openAPI) readAddress(path string, item, create *yaml.Node) error {
	server := r.at(create, "servers")
	if server == nil {
		server = r.at(r.root, "servers")
	}
	address := ""
	if server != nil && server.Kind == yaml.SequenceNode && len(server.Content) > 0 {
		address = textOf(r.at(server.Content[0], "url"))
	}
	if !strings.Contains(address, "://") { // relative to the document, whose address is not known
		address = "https:///" + strings.Trim(address, "/")
	}
	failed := r.s.setAddress(strings.TrimSuffix(address, "/") + path)
	if failed != "" {
		return wrong(server, "%s", failed)
	}
	for _, list := range []*yaml.Node{r.at(item, "parameters"), r.at(create, "parameters")} {
		if list == nil {
			continue
		}
		for _, parameter := range list.Content {
			r.readParameter(r.resolve(parameter))
		}
	}
	return nil
}

func (r *openAPI) readParameter(parameter *yaml.Node) {
	name := textOf(r.at(parameter, "name"))
	switch textOf(r.at(parameter, "in")) {
	case "path":
		for i := range r.s.settings {
			if help := phrase(textOf(r.at(parameter, "description"))); r.s.settings[i].name == kebab(name) && help != "" {
				r.s.settings[i].help = help
			}
		}
	case "query", "header":
		if textOf(r.at(parameter, "required")) == "true" {
			r.s.left = append(r.s.left, fmt.Sprintf("the parameter %s is required, and is not in the request: write it there, or leave the provider out", scalarInComment(name)))
		}
	}
}

// readSecurity reads the first way of authentication that is documented.
func (r *openAPI) readSecurity(create *yaml.Node) {
	required := r.at(create, "security")
	if required == nil {
		required = r.at(r.root, "security")
	}
	if required == nil || required.Kind != yaml.SequenceNode || len(required.Content) == 0 {
		return
	}
	for pair := range slices.Chunk(required.Content[0].Content, 2) {
		scheme := r.at(r.root, "components", "securitySchemes", pair[0].Value)
		name := textOf(r.at(scheme, "name"))
		switch kind := textOf(r.at(scheme, "type")); {
		case kind == "http" && strings.EqualFold(textOf(r.at(scheme, "scheme")), "basic"):
			r.s.auth = append(r.s.auth, credential{})
		case kind == "apiKey" && textOf(r.at(scheme, "in")) == "header" && headerPattern.MatchString(name):
			r.s.addCredential(http.CanonicalHeaderKey(name), "")
		case kind == "http":
			r.s.addCredential("Authorization", "Bearer ")
		case kind == "oauth2", kind == "openIdConnect":
			r.s.addCredential("Authorization", "Bearer ")
			r.s.auth[len(r.s.auth)-1].todo = "the source has OAuth: with oauth: {token: /oauth/token} usher fetches its tokens"
		default:
			r.s.left = append(r.s.left, "the source has a way of authentication that a description does not have")
		}
	}
}

// content returns the JSON schema and the example of a body.
func (r *openAPI) content(owner *yaml.Node) (schema, example *yaml.Node) {
	content := r.at(owner, "content")
	if content == nil || content.Kind != yaml.MappingNode {
		return nil, nil
	}
	for pair := range slices.Chunk(content.Content, 2) {
		media, _, _ := strings.Cut(pair[0].Value, ";")
		if media != "application/json" && !strings.HasSuffix(media, "+json") && media != "*/*" {
			continue
		}
		example = r.at(pair[1], "example")
		if examples := r.at(pair[1], "examples"); example == nil && examples != nil && len(examples.Content) > 1 {
			example = r.at(examples.Content[1], "value")
		}
		return r.at(pair[1], "schema"), example
	}
	return nil, nil
}

func (r *openAPI) readBody(create *yaml.Node) error {
	described, example := r.content(r.at(create, "requestBody"))
	if described == nil {
		return wrong(create, "the request has no JSON body with a schema")
	}
	body := r.value(described, example, "", 0, "readOnly")
	switch {
	case r.nodes > maxNodes:
		return wrong(described, "the schema of the body has more than %d values", maxNodes)
	case body == nil || body.kind != objectNode || len(body.members) == 0:
		return wrong(described, "the schema of the body is not an object with properties")
	}
	r.s.body = body
	return nil
}

// readResponses reads the status of success, its body, and whether a conflict is documented.
func (r *openAPI) readResponses(create *yaml.Node) {
	responses := r.at(create, "responses")
	for _, status := range []int{http.StatusCreated, http.StatusOK, http.StatusNoContent} {
		response := r.at(responses, fmt.Sprint(status))
		if response == nil {
			continue
		}
		r.s.status = status
		described, example := r.content(response)
		if n := r.value(described, example, "", 0, "writeOnly"); n != nil && n.kind == objectNode && r.nodes <= maxNodes {
			n.withoutSecrets(nil)
			r.s.response = n
		}
		break
	}
	r.s.hasConflict = r.at(responses, "409") != nil
}

// readOthers notes the other requests about users.
func (r *openAPI) readOthers(path string, paths *yaml.Node) {
	base := strings.TrimSuffix(r.s.path, "/")
	if list := r.at(paths, path, "get"); list != nil {
		r.s.others["list"] = "GET " + base
	}
	for pair := range slices.Chunk(paths.Content, 2) {
		last, ok := strings.CutPrefix(pair[0].Value, strings.TrimSuffix(path, "/")+"/{")
		if !ok || strings.Count(last, "}") != 1 || !strings.HasSuffix(last, "}") {
			continue
		}
		for word, methods := range map[string][]string{"get": {"get"}, "update": {"patch", "put"}, "delete": {"delete"}} {
			for _, method := range methods {
				if r.at(pair[1], method) != nil && r.s.others[word] == "" {
					r.s.others[word] = strings.ToUpper(method) + " " + base + "/{id}"
				}
			}
		}
	}
}

// value returns a value that a schema describes, without the properties that have the mark; nil for none. An example goes
// before what is made up.
func (r *openAPI) value(described, example *yaml.Node, name string, depth int, mark string) *node {
	described, example = r.resolve(described), r.resolve(example)
	if r.nodes++; described == nil || depth > maxDepth || r.nodes > maxNodes {
		return nil
	}
	for _, word := range []string{"oneOf", "anyOf"} {
		if choices := r.at(described, word); choices != nil && len(choices.Content) > 0 {
			if n := r.value(choices.Content[0], example, name, depth+1, mark); n != nil && (n.kind != objectNode || len(n.members) > 0) {
				return n
			}
		}
	}
	if example == nil {
		example = r.example(described)
	}
	n := &node{about: r.about(described)}
	switch r.kind(described) {
	case "object":
		n.kind = objectNode
		r.properties(n, described, example, depth, mark)
	case "array":
		n.kind = listNode
		var first *yaml.Node
		if example != nil && example.Kind == yaml.SequenceNode && len(example.Content) > 0 {
			first = example.Content[0]
		}
		if item := r.value(r.at(described, "items"), first, name, depth+1, mark); item != nil {
			n.items = []*node{item}
		}
	case "integer":
		n.kind, n.text = numberNode, jsonOr(example, "1")
	case "number":
		n.kind, n.text = numberNode, jsonOr(example, "1.5")
	case "boolean":
		n.kind, n.text = truthNode, jsonOr(example, "true")
	default:
		n.kind, n.text = textNode, textOf(example)
		if n.text == "" {
			n.text = n.about.made(name)
		}
	}
	return n
}

// example returns the example of a schema, nil for none.
func (r *openAPI) example(described *yaml.Node) *yaml.Node {
	if found := r.at(described, "example"); found != nil {
		return found
	}
	if list := r.at(described, "examples"); list != nil && list.Kind == yaml.SequenceNode && len(list.Content) > 0 {
		return r.resolve(list.Content[0])
	}
	return r.at(described, "default")
}

// kind returns the type of a schema, which may be a list with "null" (OpenAPI 3.1).
func (r *openAPI) kind(described *yaml.Node) string {
	kind := r.at(described, "type")
	if kind != nil && kind.Kind == yaml.SequenceNode {
		for _, one := range kind.Content {
			if one.Value != "null" {
				return one.Value
			}
		}
	}
	if textOf(kind) == "" && (r.at(described, "properties") != nil || r.at(described, "allOf") != nil) {
		return "object"
	}
	return textOf(kind)
}

// properties adds the properties of a schema and of those that it includes.
func (r *openAPI) properties(n *node, described, example *yaml.Node, depth int, mark string) {
	if all := r.at(described, "allOf"); all != nil && depth < maxDepth {
		for _, part := range all.Content {
			r.properties(n, r.resolve(part), example, depth+1, mark)
		}
	}
	var required []string
	if list := r.at(described, "required"); list != nil && list.Kind == yaml.SequenceNode {
		for _, name := range list.Content {
			required = append(required, name.Value)
		}
	}
	properties := r.at(described, "properties")
	if properties == nil || properties.Kind != yaml.MappingNode {
		return
	}
	for pair := range slices.Chunk(properties.Content, 2) {
		name := pair[0].Value
		if textOf(r.at(pair[1], mark)) == "true" || n.member(name) != nil {
			continue
		}
		if value := r.value(pair[1], propertyOf(example, name), name, depth+1, mark); value != nil {
			value.about.required = slices.Contains(required, name)
			n.members = append(n.members, member{name, value})
		}
	}
}

// about reads what a schema says beside the type.
func (r *openAPI) about(described *yaml.Node) about {
	a := about{help: phrase(textOf(r.at(described, "description")))}
	switch format := textOf(r.at(described, "format")); format {
	case "email", "uuid", "uri", "date", "date-time":
		a.format = format
	case "password":
		a.secret = true
	}
	if list := r.at(described, "enum"); list != nil && list.Kind == yaml.SequenceNode && r.kind(described) == "string" {
		for _, one := range list.Content {
			if one.Value != "" && one.Tag != "!!null" {
				a.values = append(a.values, one.Value)
			}
		}
	}
	return a
}

// made returns a value for a text of which there is no example.
func (a about) made(name string) string {
	folded := schema.FoldName(name)
	switch {
	case len(a.values) > 0:
		return a.values[0]
	case a.format == "email" || strings.HasSuffix(folded, "email"):
		return "ada@example.com"
	case a.format == "uuid":
		return "0a1b2c3d-0000-4000-8000-000000000001"
	case a.format == "date":
		return "2030-01-31"
	case a.format == "date-time":
		return "2030-01-31T00:00:00Z"
	case a.format == "uri":
		return "https://example.com/"
	case folded == "username" || folded == "login":
		return "ada"
	default:
		return "example"
	}
}

// jsonOr returns a scalar as JSON, or another text if it is not.
func jsonOr(n *yaml.Node, other string) string {
	text := textOf(n)
	if !json.Valid([]byte(text)) || strings.HasPrefix(text, `"`) || text == "null" {
		return other
	}
	return text
}

// phrase returns the first sentence of a text as a phrase without a full stop, "" if it is long.
func phrase(text string) string {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	text, _, _ = strings.Cut(text, ". ")
	text = strings.TrimRight(strings.TrimSpace(text), ".:;")
	if len(text) > 80 || strings.ContainsAny(text, "<>`") {
		return ""
	}
	return text
}
