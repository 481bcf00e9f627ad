package draft

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/pkg/schema"
)

// MaxSize is the largest size of a source in bytes.
const MaxSize = 16 << 20

// Draft is a first description.
type Draft struct {
	// Name is that of the provider; "" if the source has none.
	Name string
	Text []byte
	// Todos are in the order of their lines.
	Todos []Todo
}

// Todo is one thing that the source does not say.
type Todo struct {
	// Line is that of the draft.
	Line int
	Text string
	// Needed is set if the description is invalid without it. Otherwise the draft has a guess, or a line to complete.
	Needed bool
}

// Options are what no source says.
type Options struct {
	// Name is the name of the provider, as [IsName] accepts it; "" means the one of the host.
	Name string
	// Docs is the address of the vendor's page, "" if it is to be filled in.
	Docs string
}

// source is what a source says.
type source struct {
	Options
	// origin is what the draft is made from, for its first line.
	origin string
	// vendor is the documented name of the vendor, "" for none.
	vendor string
	// scheme and host are of the documented address; host is empty if each tenant has its own.
	scheme, host string
	settings     []setting
	auth         []credential
	method       string
	// path is the template of the path and of the query.
	path string
	// samplePath is path with the samples of the settings.
	samplePath string
	body       *node
	// named are the folded names of the fields.
	named    map[string]bool
	envelope string
	// status is the documented status of success, 0 if it is not said.
	status int
	// response is the documented response, nil for none.
	response *node
	// hasConflict is set if 409 is documented.
	hasConflict bool
	// others are the other requests that the source has, by their words; "" for the words that are not among them.
	others map[string]string
	// left are the reasons why something of the source is not in the draft.
	left []string
}

// setting is a value of the path that a profile has.
type setting struct{ name, help, sample, todo string }

// credential is one way of authentication; basic if it has no header.
type credential struct{ header, prefix, setting, help, todo string }

// field is a field of a user.
type field struct {
	name   string
	place  []string // in the body
	node   *node
	kind   string // "" for a string
	format string
	secret bool
	copies []string
	todo   string
}

// writer writes the lines of a draft.
type writer struct {
	b     strings.Builder
	lines int
	todos []Todo
}

// add writes one line, which may have a TODO.
func (w *writer) add(line, todo string, needed bool) {
	w.lines++
	w.b.WriteString(line)
	if todo != "" {
		w.b.WriteString(" # TODO " + todo)
		w.todos = append(w.todos, Todo{Line: w.lines, Text: todo, Needed: needed})
	}
	w.b.WriteByte('\n')
}

func (w *writer) plain(format string, values ...any) {
	w.add(fmt.Sprintf(format, values...), "", false)
}

// missing is the value of a word that has no guess. The format accepts it nowhere.
const missing = "TODO"

// draft writes the description of a source.
func (s *source) draft() *Draft {
	w := &writer{}
	fields := s.fields()
	key := keyOf(fields)
	s.agree(key)
	w.plain("# A first description, made from %s. Complete what is marked TODO; lines that begin with # are optional.", s.origin)
	w.plain("usher: %s", describe.Version)
	name := cmp.Or(s.Name, s.label())
	if name == "" {
		w.add("name: "+missing, "the name of the provider in commands, for example acme", true)
	} else {
		w.plain("name: %s", name)
	}
	if vendor := cmp.Or(s.vendor, s.label(), name); vendor == "" {
		w.add("vendor: "+missing, "the name of the vendor", false)
	} else {
		w.plain("vendor: %s", scalar(strings.ToUpper(vendor[:1])+vendor[1:]))
	}
	const page = "the address of the page that documents the create"
	docs := scalar(s.Docs)
	if s.Docs == "" {
		docs = missing
		w.add("docs: "+docs, page, true)
	} else {
		w.plain("docs: %s", docs)
	}
	s.writeAddress(w)
	s.writeAuth(w)
	if key == nil {
		w.add("key: "+missing, "the field that identifies a user: no two users have the same value", true)
	} else {
		w.add("key: "+scalar(key.name), "a guess: no two users have the same value, and lookups are by this field", false)
	}
	s.writeID(w)
	if s.envelope != "" {
		w.plain("envelope: %s", scalar(s.envelope))
	}
	w.add("fields:", "add required: true to what the page requires, secret: true to what nobody may read, and remove what you do not use", false)
	for _, f := range fields {
		w.add("  - "+f.line(key), f.todo, false)
	}
	for _, reason := range s.left {
		w.add("#", reason, false)
	}
	s.writeRequests(w, key)
	s.writeExample(w, fields, key, docs)
	return &Draft{Name: name, Text: []byte(w.b.String()), Todos: w.todos}
}

// writeAddress writes the base URL and the settings.
func (s *source) writeAddress(w *writer) {
	switch {
	case s.host == "":
		w.plain("# base-url is not here: each tenant has its own, which is in the profile")
	case s.scheme != "https":
		w.add("# base-url: https://"+scalarInComment(s.host), "the source has http://, which would send credentials unencrypted: is there an address with https://?", false)
	default:
		w.plain("base-url: %s", scalar(s.scheme+"://"+s.host))
	}
	if len(s.settings) > 0 {
		w.plain("settings:")
	}
	for _, one := range s.settings {
		w.add(fmt.Sprintf("  - {name: %s, help: %s}", one.name, scalar(one.help)), one.todo, false)
	}
}

func (s *source) writeAuth(w *writer) {
	w.plain("auth:")
	if len(s.auth) == 0 {
		w.add(`  - {header: Authorization, prefix: "Bearer ", setting: token, help: API token}`, "a guess: the source does not say how requests are authenticated", false)
	}
	for _, one := range s.auth {
		if one.header == "" {
			w.add("  - basic: {user: username, password: password}", one.todo, false)
			continue
		}
		prefix := ""
		if one.prefix != "" {
			prefix = "prefix: " + scalar(one.prefix) + ", "
		}
		w.add(fmt.Sprintf("  - {header: %s, %ssetting: %s, help: %s}", one.header, prefix, one.setting, scalar(one.help)), one.todo, false)
	}
}

// writeRequests writes the create, and what protects from a second account as comments.
func (s *source) writeRequests(w *writer, key *field) {
	status, todo := s.status, ""
	if status == 0 {
		status, todo = 201, "a guess: the documented status of success"
	}
	w.add(fmt.Sprintf("create: {request: %s, status: %d}", scalar(s.method+" "+s.path), status), todo, false)
	if s.hasConflict {
		w.plain("conflict: [{status: 409}]")
	} else {
		w.add("# conflict: [{status: 409}]", "how a create is refused if the key is taken: a status, and a code with at: and is: if the status also means something else", false)
	}
	w.add("# unique: documented", "only if the page says that the API refuses a second user with the same key", false)
	path, _, _ := strings.Cut(s.path, "?")
	path = strings.TrimSuffix(path, "/")
	keyName := "email"
	if key != nil {
		keyName = key.name
	}
	item := path + "/{id}"
	for _, one := range []struct{ word, guess, words, todo string }{
		{"find", "GET " + path + "?" + keyName + "={key}", `, users: ""`, "the lookup by the key, and the place of the list of users in its response; after a lost response it shows whether the user exists"},
		{"list", "GET " + path, `, users: ""`, "all users, with page: if there are pages; find, list and get are described together"},
		{"get", "GET " + item, "", "one user by the id"},
		{"update", "PATCH " + item, "", "the request that changes fields of one user"},
		{"delete", "DELETE " + item, "", "the request that removes one user"},
	} {
		request := one.guess
		if found := s.others[one.word]; found != "" {
			request = found
		}
		w.add(fmt.Sprintf("# %s: {request: %s%s}", one.word, scalar(request), one.words), one.todo, false)
	}
	w.add("# error: {reason: [/message], absent: {at: /code, is: not_found}}", "where a refusal has its sentence, and what the body of a 404 of get has: other 404s prove nothing", false)
}

// writeExample writes the create of the source as the example that usher is compared with.
func (s *source) writeExample(w *writer, fields []*field, key *field, docs string) {
	w.plain("examples:")
	if docs == missing {
		w.add("  - docs: "+docs, "the same address", true)
	} else {
		w.plain("  - docs: %s", docs)
	}
	if s.response != nil { // made of a schema
		w.plain("    composed: true")
	}
	if len(s.settings) > 0 {
		var samples []string
		for _, one := range s.settings {
			samples = append(samples, one.name+": "+scalar(one.sample))
		}
		w.plain("    settings: {%s}", strings.Join(samples, ", "))
	}
	var record []string
	for _, f := range fields {
		if sample := f.node.sample(); sample != "" && !f.node.isCopy {
			record = append(record, scalar(f.name)+": "+sample)
		}
	}
	w.plain("    record: {%s}", strings.Join(record, ", "))
	body := s.body.sample()
	if s.envelope != "" {
		body = "{" + quote(s.envelope) + ": " + body + "}"
	}
	w.plain("    request: {method: %s, path: %s, body: %s}", s.method, scalar(s.samplePath), body)
	id := missing
	if _, _, found := s.idIn(); found != nil {
		id = quote(found.text)
	}
	if s.response != nil {
		w.plain("    response: {status: %d, body: %s}", s.status, s.response.sample())
	} else {
		w.add(fmt.Sprintf("    response: {status: %d, body: %s}", max(s.status, 201), missing), "the documented response to this request, as it is on the page", true)
	}
	sample := missing
	if key != nil {
		sample = key.node.sample()
	}
	if id == missing || sample == missing {
		w.add(fmt.Sprintf("    user: {id: %s, key: %s}", id, sample), "the id and the key that this response has", true)
		return
	}
	w.plain("    user: {id: %s, key: %s}", id, sample)
}

// writeID writes where the id is, and the user's object.
func (s *source) writeID(w *writer) {
	user, name, found := s.idIn()
	if found == nil {
		w.add("id: /id", "a guess: the property with the id in a user's object; user: /data says that the object is inside the property data of a response", false)
		return
	}
	if user != "" {
		w.plain("user: %s", scalar(describe.Pointer{user}.String()))
	}
	w.plain("id: %s", scalar(describe.Pointer{name}.String()))
}

// idIn returns the id in the documented response, and the property with the user's object, "" for the whole response;
// nil if there is no id.
func (s *source) idIn() (user, name string, found *node) {
	if s.response == nil {
		return "", "", nil
	}
	inside := append([]member{{"", s.response}}, s.response.members...)
	for _, name := range []string{"id", "_id", "userId", "user_id", "uuid"} {
		for _, outer := range inside {
			if id := outer.node.member(name); id != nil && (id.kind == textNode && id.text != "" || id.kind == numberNode) {
				return outer.name, name, id
			}
		}
	}
	return "", "", nil
}

// agree gives the key in the documented response the value that it has in the request: both are made up.
func (s *source) agree(key *field) {
	if key == nil || s.response == nil {
		return
	}
	user, _, _ := s.idIn()
	object := s.response
	if user != "" {
		object = object.member(user)
	}
	for i, step := range key.place {
		if object = object.member(step); object == nil {
			return
		}
		if i == len(key.place)-1 && object.kind == textNode {
			object.text = key.node.text
		}
	}
}

// line returns a field as the format has it.
func (f *field) line(key *field) string {
	words := []string{"name: " + scalar(f.name)}
	word := func(name, value string) { words = append(words, name+": "+value) }
	about := f.node.about
	if f.kind != "" {
		word("kind", f.kind)
	}
	if f.format != "" {
		word("format", f.format)
	}
	if !slices.Equal(f.place, strings.Split(f.name, ".")) {
		word("wire", scalar(describe.Pointer(f.place).String()))
	}
	if f == key || about.required {
		word("required", "true")
	}
	if meaning := schema.MeaningOf(f.name); meaning != schema.AnyMeaning && f.kind == "" {
		word("means", string(meaning))
	}
	if f.secret {
		word("secret", "true")
	}
	if len(f.copies) > 0 {
		word("copies", "["+strings.Join(f.copies, ", ")+"]")
	}
	if len(about.values) > 0 {
		quoted := make([]string, len(about.values))
		for i, value := range about.values {
			quoted[i] = scalar(value)
		}
		word("values", "["+strings.Join(quoted, ", ")+"]")
	}
	if about.help != "" {
		word("help", scalar(about.help))
	}
	return "{" + strings.Join(words, ", ") + "}"
}

// keyOf returns the field that most probably identifies a user, nil if none does.
func keyOf(fields []*field) *field {
	isText := func(f *field) bool { return f.kind == "" && !f.secret && !hasIndex(f.place) }
	for _, test := range []func(*field) bool{
		func(f *field) bool { return f.format == "email" },
		func(f *field) bool {
			return slices.Contains([]string{"username", "userid", "login", "loginname", "identityname"}, schema.FoldName(f.name))
		},
	} {
		for _, f := range fields {
			if isText(f) && test(f) {
				f.node.identify(f.format)
				return f
			}
		}
	}
	return nil
}

func hasIndex(place []string) bool { return slices.Contains(place, "0") }

// label returns the vendor's part of the host, "" if it has none.
func (s *source) label() string {
	host, _, _ := strings.Cut(s.host, ":")
	labels := strings.Split(strings.ToLower(host), ".")
	at := len(labels) - 2
	if at > 0 && slices.Contains([]string{"co", "com", "net", "org", "gov", "ac"}, labels[at]) {
		at--
	}
	if at < 0 || !IsName(labels[at]) {
		return ""
	}
	return labels[at]
}

// IsName reports whether a provider can have this name.
func IsName(name string) bool { return len(name) <= 40 && namePattern.MatchString(name) }

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// plainPattern matches texts that need no quotation marks in YAML, inside of braces as well.
var plainPattern = regexp.MustCompile(`^[A-Za-z/](?:[A-Za-z0-9 _./@-]*[A-Za-z0-9_./@-])?$`)

// scalar returns a text as YAML, on one line.
func scalar(text string) string {
	reserved := []string{"true", "false", "yes", "no", "on", "off", "y", "n", "null"}
	address, err := url.Parse(text)
	isAddress := err == nil && (address.Scheme == "https" || address.Scheme == "http") && plainPattern.MatchString(text[len(address.Scheme)+1:])
	if (isAddress || plainPattern.MatchString(text)) && !slices.Contains(reserved, strings.ToLower(text)) {
		return text
	}
	return quote(text)
}

// quote returns a text between double quotation marks, as JSON and YAML both read it.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == unicode.ReplacementChar || !unicode.IsPrint(r) && r <= 0xFFFF:
			fmt.Fprintf(&b, `\u%04x`, r)
		case !unicode.IsPrint(r):
			b.WriteString(strings.ToUpper(`\u`) + fmt.Sprintf("%08x", r))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// scalarInComment returns a text without what could end a comment.
func scalarInComment(text string) string { return strings.Trim(strconv.Quote(text), `"`) }
