package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/bring-aboard/usher/internal/describe"
	fields "github.com/bring-aboard/usher/pkg/schema"
)

// describedAPI is an API as its description has it. Such a server agrees with the description by construction: it shows
// how usher behaves, and not that the description is right.
type describedAPI struct {
	*backend
	d        *describe.Description
	table    fields.Table
	skeleton map[string]any // of a new user: what the documented example has beside the fields
	numeric  bool           // ids are numbers
}

// described returns the dialect of a description.
func described(b *backend, d *describe.Description) dialect {
	api := describedAPI{backend: b, d: d, table: d.Table()}
	api.learn()
	key, _ := api.table.Field(d.Key.Field)
	made := dialect{
		provider: d.Name, prefix: "/" + d.Name, base: "/" + d.Name,
		key: [][]string{key.WirePath()}, optional: api.optional(), keyIsID: slices.Equal(key.WirePath(), []string{d.ID}),
		routes: api.routes(), authenticate: api.authenticate, shape: api.shape,
		admit: func(string) error { return nil }, // with the credentials
	}
	if len(d.Create.User) == 1 {
		made.envelope = d.Create.User[0]
	}
	return made
}

// learn reads the documented example of a create.
func (a *describedAPI) learn() {
	a.skeleton = map[string]any{}
	for _, example := range a.d.Examples {
		if example.Operation != "create" || example.Outcome != "" || !example.Response.HasBody {
			continue
		}
		object := a.d.Create.User.Raw(example.Response.Body.Literal())
		user, err := parseJSON(object)
		if members, isObject := user.(map[string]any); err == nil && isObject {
			_, a.numeric = members[a.d.ID].(json.Number)
			delete(members, a.d.ID)
			for _, field := range a.table {
				remove(members, field.WirePath())
			}
			a.skeleton = members
			return
		}
	}
}

// remove removes the value at a path.
func remove(object map[string]any, path []string) {
	if inner, ok := object[path[0]].(map[string]any); ok && len(path) > 1 {
		remove(inner, path[1:])
		return
	}
	if len(path) == 1 {
		delete(object, path[0])
	}
}

// optional returns the field that [FaultDrop] drops by default.
func (a *describedAPI) optional() []string {
	for _, field := range a.table {
		if !field.Required && !field.WriteOnly && field.Kind == fields.String {
			return []string{strings.Join(field.WirePath(), ".")}
		}
	}
	return nil
}

// routes returns the described requests. Some share a method and a path.
func (a *describedAPI) routes() []route {
	var routes []route
	add := func(described *describe.Route, does deed, query []string, serve func(*request) (answer, error)) {
		if described == nil {
			return
		}
		path := ""
		for i, segment := range described.Path.Segments() {
			if segment.IsLiteral() {
				path += "/" + segment.String()
			} else {
				path += "/{" + strconv.Itoa(i) + "}" // named by its position: one path may be of several requests
			}
		}
		for i := range routes {
			if routes[i].method == described.Method && routes[i].path == path {
				routes[i].query = append(routes[i].query, query...)
				return
			}
		}
		routes = append(routes, route{method: described.Method, path: path, does: does, query: query, serve: serve})
	}
	d := a.d
	add(&d.Create.Route, creates, names(d.Create.Query), a.createUser)
	if d.Get != nil {
		if d.Find.IsItem {
			add(&d.Find.Route, readsOne, names(d.Find.Query), a.findItem)
			add(&d.List.Route, lists, a.listParameters(), a.listUsers)
		} else {
			add(&d.Find.Route, lists, names(d.Find.Query), a.findUser)
			add(&d.List.Route, lists, a.listParameters(), a.findUser)
		}
		add(d.Get, readsOne, names(d.Get.Query), a.getUser)
	}
	for _, changing := range []*describe.Route{d.Update, d.Deactivate, d.Activate} {
		if changing != nil {
			add(changing, changes, names(changing.Query), func(r *request) (answer, error) { return a.changeUser(r, changing) })
		}
	}
	if d.Delete != nil {
		add(d.Delete, deletes, names(d.Delete.Query), a.deleteUser)
	}
	if d.CheckRead != nil {
		add(d.CheckRead, other, names(d.CheckRead.Query), func(*request) (answer, error) { return jsonAnswer(http.StatusOK, map[string]bool{"ok": true}), nil })
	}
	if oauth := d.Auth.OAuth; oauth != nil {
		add(&describe.Route{Method: http.MethodPost, Path: oauth.Path}, other, nil, a.issueToken)
		routes[len(routes)-1].open = true
	}
	if login := d.Auth.Login; login != nil {
		add(&describe.Route{Method: http.MethodPost, Path: login.Path}, other, nil, a.logIn)
		routes[len(routes)-1].open = true
	}
	return routes
}

func names(query []describe.Parameter) []string {
	list := make([]string, len(query))
	for i, parameter := range query {
		list[i] = parameter.Name
	}
	return list
}

func (a *describedAPI) listParameters() []string {
	list := names(a.d.List.Query)
	if page := a.d.List.Page; page != nil {
		for _, name := range []string{page.Parameter, page.Size} {
			if name != "" {
				list = append(list, name)
			}
		}
		if page.By == describe.ByLink || page.By == describe.ByCursor && page.Parameter == "" {
			list = append(list, afterParameter)
		}
	}
	return list
}

// afterParameter is the parameter of the links to a next page, which clients do not make up.
const afterParameter = "after"

// value returns the value of a named segment of a request's path.
func value(r *request, path describe.Path, name string) string {
	for i, segment := range path.Segments() {
		if slices.Contains(segment.Names(), name) {
			return r.PathValue(strconv.Itoa(i))
		}
	}
	return ""
}

// authenticate checks every described credential that fills a header.
func (a *describedAPI) authenticate(r *request) error {
	auth := a.d.Auth
	check := func(credential string) error {
		if err := rehearse(credential); err != nil {
			return err
		}
		return a.admit(credential)
	}
	bySetting := map[string]error{}
	for _, header := range auth.Headers {
		credential, ok := strings.CutPrefix(r.Header.Get(header.Name), header.Prefix)
		switch {
		case ok && credential != "":
			bySetting[http.CanonicalHeaderKey(header.Name)] = check(credential)
		case !header.Optional:
			bySetting[http.CanonicalHeaderKey(header.Name)] = unauthorized("header " + header.Name + " required")
		}
	}
	if login := auth.Login; login != nil {
		if token, ok := strings.CutPrefix(r.Header.Get(login.Header), login.Prefix); ok && token != "" {
			bySetting[http.CanonicalHeaderKey(login.Header)] = check(token)
		} else if bySetting[http.CanonicalHeaderKey(login.Header)] == nil && r.Header.Get(login.Header) == "" {
			bySetting[http.CanonicalHeaderKey(login.Header)] = unauthorized("a token is required")
		}
	}
	if token := r.bearer(); auth.OAuth != nil && token != "" {
		bySetting["Authorization"] = check(token)
	} else if auth.OAuth != nil && auth.Basic == nil && len(auth.Headers) == 0 {
		bySetting["Authorization"] = unauthorized("header Authorization: Bearer <token> required")
	}
	if auth.Basic != nil {
		if username, password, given := r.BasicAuth(); given {
			if err := rehearse(username); err != nil {
				return err
			}
			bySetting["Authorization"] = check(password)
		} else if r.Header.Get("Authorization") == "" && auth.OAuth == nil && r.bearer() == "" {
			bySetting["Authorization"] = unauthorized("HTTP Basic required")
		}
	}
	for _, name := range sortedNames(bySetting) {
		if bySetting[name] != nil {
			return bySetting[name]
		}
	}
	return nil
}

func sortedNames[T any](m map[string]T) []string {
	list := make([]string, 0, len(m))
	for name := range m {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// issueToken is the token endpoint: OAuth 2.0 client credentials as the description has them.
func (a *describedAPI) issueToken(r *request) (answer, error) {
	form, err := url.ParseQuery(string(r.body))
	if err != nil || !r.isForm() || form.Get("grant_type") != "client_credentials" {
		return oauthError(http.StatusBadRequest, "unsupported_grant_type", "the grant_type must be client_credentials"), nil
	}
	id, secret := form.Get("client_id"), form.Get("client_secret")
	if !a.d.Auth.OAuth.InBody {
		id, secret, _ = r.BasicAuth()
	}
	if id == "" || secret == "" || id == "denied" || secret == "denied" || !a.accepts(secret) {
		return oauthError(http.StatusUnauthorized, "invalid_client", "client id and secret required"), nil
	}
	return jsonAnswer(http.StatusOK, map[string]any{
		"token_type": "Bearer", "access_token": a.tokens.issue(a.now().Add(a.tokens.lifetime), id), "expires_in": int(math.Ceil(a.tokens.lifetime.Seconds())),
	}), nil
}

// logIn exchanges the described credentials for a token.
func (a *describedAPI) logIn(r *request) (answer, error) {
	if err := r.requireJSON("application/json"); err != nil {
		return answer{}, err
	}
	given, err := parseJSON(r.body)
	if err != nil {
		return answer{}, refuse(http.StatusBadRequest, "the body is not valid JSON")
	}
	texts := textsIn(nil, given)
	if slices.Contains(texts, "denied") || !slices.ContainsFunc(texts, a.accepts) {
		return answer{}, unauthorized("wrong credentials")
	}
	token, login := a.tokens.issue(a.now().Add(a.tokens.lifetime), strings.Join(texts, "\n")), a.d.Auth.Login
	if login.TokenHeader != "" {
		issued := jsonAnswer(http.StatusCreated, struct{}{})
		issued.setHeader(login.TokenHeader, token)
		return issued, nil
	}
	return jsonAnswer(http.StatusOK, around(login.Token, token)), nil
}

func textsIn(found []string, value any) []string {
	switch value := value.(type) {
	case string:
		return append(found, value)
	case map[string]any:
		for _, name := range sortedNames(value) {
			found = textsIn(found, value[name])
		}
	case []any:
		for _, item := range value {
			found = textsIn(found, item)
		}
	}
	return found
}

// around returns a document with a value at a place.
func around(place describe.Pointer, value any) any {
	for _, step := range slices.Backward(place) {
		if step == "*" || step == "0" {
			value = []any{value}
			continue
		}
		value = map[string]any{step: value}
	}
	return value
}

// merged returns a document with the properties of both.
func merged(a, b any) any {
	first, ok := a.(map[string]any)
	second, also := b.(map[string]any)
	if !ok || !also {
		return b
	}
	for name, value := range second {
		if present, both := first[name]; both {
			value = merged(present, value)
		}
		first[name] = value
	}
	return first
}

// guess returns a text as the JSON value that it is the text of.
func guess(text string) any {
	if text == "true" || text == "false" {
		return text == "true"
	}
	if _, err := strconv.Atoi(text); err == nil {
		return json.Number(text)
	}
	return text
}

// shape writes a refusal as described.
func (a *describedAPI) shape(p *problem) answer {
	status := p.status
	var document any = map[string]any{"message": p.message}
	if len(a.d.Reasons) > 0 {
		document = around(a.d.Reasons[0], p.message)
	}
	switch {
	case status == http.StatusConflict && len(a.d.Conflicts) > 0:
		conflict := a.d.Conflicts[0]
		status = conflict.Status
		if conflict.Match != nil {
			document = merged(document, around(conflict.Match.At, guess(conflict.Match.Is[0])))
		}
	case status == http.StatusNotFound && a.d.Absent != nil:
		text := p.message
		if len(a.d.Absent.Is) > 0 {
			text = a.d.Absent.Is[0]
		}
		document = merged(document, around(a.d.Absent.At, guess(text)))
	}
	return jsonAnswer(status, document)
}

// record reads the fields of a body. What the description adds by itself is removed first.
func (a *describedAPI) record(r *request, isNew bool, also []string) (fields.Record, map[string]any, error) {
	if err := r.requireJSON("application/json"); err != nil {
		return nil, nil, err
	}
	tree, err := parseJSON(r.body)
	if err != nil {
		return nil, nil, refuse(http.StatusBadRequest, "the body is not valid JSON: %v", err)
	}
	body, isObject := tree.(map[string]any)
	if a.d.Envelope != "" && isObject {
		body, isObject = body[a.d.Envelope].(map[string]any)
	}
	if !isObject {
		return nil, nil, refuse(http.StatusBadRequest, "the body must be a JSON object")
	}
	for _, field := range a.d.Fields {
		sent := valueIn(body, field.WirePath())
		for _, place := range field.Copies {
			if !reflect.DeepEqual(valueIn(body, place), sent) {
				return nil, nil, refuse(http.StatusBadRequest, "%s must repeat %s", describe.Pointer(place), field.Name)
			}
			prune(body, place)
		}
		for _, constant := range field.With {
			prune(body, constant.Place)
		}
	}
	for _, constant := range a.d.Constants {
		prune(body, constant.Place)
	}
	extra := map[string]any{}
	for _, name := range also {
		if value, given := body[name]; given && !a.isField(name) {
			extra[name] = value
			delete(body, name)
		}
	}
	record, faults := a.table.Decode(a.indexed(body, nil).(map[string]any))
	if isNew {
		faults = append(faults, a.table.Validate(record)...)
	}
	if len(faults) > 0 {
		return nil, nil, refuse(http.StatusBadRequest, "%s", faultNames(faults))
	}
	return record, extra, nil
}

// faultNames lists fields, not values.
func faultNames(faults fields.FieldErrors) string {
	var names []string
	for _, fault := range faults {
		if !slices.Contains(names, fault.Field) {
			names = append(names, fault.Field)
		}
	}
	return "invalid: " + strings.Join(names, ", ")
}

func (a *describedAPI) isField(name string) bool {
	return slices.ContainsFunc(a.table, func(field fields.Field) bool { return field.WirePath()[0] == name })
}

// indexed returns a document whose lists on the way to a field are objects with the names 0, 1 and so on.
func (a *describedAPI) indexed(value any, below []string) any {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			value[name] = a.indexed(inner, append(slices.Clone(below), name))
		}
		return value
	case []any:
		for _, field := range a.table {
			path := field.WirePath()
			if len(path) > len(below) && slices.Equal(path[:len(below)], below) {
				object := map[string]any{}
				for i, item := range value {
					object[strconv.Itoa(i)] = a.indexed(item, append(slices.Clone(below), strconv.Itoa(i)))
				}
				return object
			}
		}
	}
	return value
}

// valueIn returns the value at a path of a document with lists.
func valueIn(document any, path []string) any {
	for _, step := range path {
		switch inner := document.(type) {
		case map[string]any:
			document = inner[step]
		case []any:
			index, err := strconv.Atoi(step)
			if err != nil || index < 0 || index >= len(inner) {
				return nil
			}
			document = inner[index]
		default:
			return nil
		}
	}
	return document
}

// prune removes the value at a path of a document with lists.
func prune(document any, path []string) {
	owner, ok := valueIn(document, path[:len(path)-1]).(map[string]any)
	if ok {
		delete(owner, path[len(path)-1])
		if len(owner) == 0 && len(path) > 1 {
			prune(document, path[:len(path)-1])
		}
	}
}

// fill sets the values of a record in a user's object, without those that are never returned.
func (a *describedAPI) fill(user map[string]any, record fields.Record) error {
	shown := fields.Record{}
	for name, value := range record {
		if field, _ := a.table.Field(name); !field.WriteOnly && !field.Secret {
			shown[name] = value
		}
	}
	encoded, err := a.table.Encode(shown)
	if err != nil {
		return err
	}
	values, err := parseJSON(encoded)
	if err == nil {
		merged(user, values)
	}
	return err
}

func (a *describedAPI) createUser(r *request) (answer, error) {
	record, _, err := a.record(r, true, nil)
	if err != nil {
		return answer{}, err
	}
	text, err := encodeJSON(a.skeleton)
	if err != nil {
		return answer{}, err
	}
	tree, err := parseJSON(text)
	if err != nil {
		return answer{}, err
	}
	user, _ := tree.(map[string]any)
	if err := a.fill(user, record); err != nil {
		return answer{}, err
	}
	now := a.now().UTC().Format(time.RFC3339Nano)
	for _, place := range []describe.Pointer{a.d.Created, a.d.Modified} {
		if len(place) > 0 {
			merged(user, around(place, now))
		}
	}
	if a.d.State != nil {
		a.setActive(user, true)
	}
	key := record.Text(a.d.Key.Field)
	id := ""
	err = a.create(r.Context(), a.d.Name, key, func(number int64) (string, any) {
		switch field, _ := a.table.Field(a.d.Key.Field); {
		case slices.Equal(field.WirePath(), []string{a.d.ID}):
			id = key
		case a.numeric:
			id = strconv.FormatInt(number, 10)
			user[a.d.ID] = json.Number(id)
		default:
			id = uuid.NewString()
			user[a.d.ID] = id
		}
		return id, user
	})
	if err != nil {
		return answer{}, err
	}
	if a.d.Create.Location {
		made := answer{status: a.d.Create.Statuses[0], empty: true}
		made.setHeader("Location", r.URL.EscapedPath()+"/"+url.PathEscape(id))
		return made, nil
	}
	return jsonAnswer(a.d.Create.Statuses[0], around(a.d.Create.User, user)), nil
}

// setActive sets the described state of a user.
func (a *describedAPI) setActive(user map[string]any, active bool) {
	inactive := guess(a.d.State.Is[0])
	state := inactive
	if active {
		state = "active"
		if truth, isBool := inactive.(bool); isBool {
			state = !truth
		}
		if present := valueIn(user, a.d.State.At); present != nil && !reflect.DeepEqual(present, inactive) {
			return
		}
	}
	merged(user, around(a.d.State.At, state))
}

// found returns a user by the name in the path: the id, or the key if the lookup has the same path.
func (a *describedAPI) found(r *request, name string) (User, error) {
	user, err := a.backend.find(r.Context(), a.d.Name, byID, name)
	if err != nil && a.d.Find != nil && a.d.Find.IsItem {
		if user, err = a.backend.find(r.Context(), a.d.Name, byKey, name); err == nil && a.d.Key.Compare == describe.CompareExact && user.Key != name {
			err = errAbsent
		}
	}
	return user, orNotFound(err)
}

func (a *describedAPI) getUser(r *request) (answer, error) {
	user, err := a.found(r, value(r, a.d.Get.Path, "id"))
	return jsonAnswer(http.StatusOK, around(a.d.Get.User, user.Document)), err
}

// findUser looks a user up, or lists all users if the request has no key.
func (a *describedAPI) findUser(r *request) (answer, error) {
	find := a.d.Find
	key, asked := a.keyIn(r)
	if !asked {
		return a.listUsers(r)
	}
	users, err := a.withKey(r.Context(), a.d.Name, key)
	documents := []json.RawMessage{}
	for _, user := range users {
		if a.d.Key.Compare != describe.CompareExact || user.Key == key {
			documents = append(documents, user.Document)
		}
	}
	return jsonAnswer(http.StatusOK, around(find.Users, documents)), err
}

// findItem looks a user up by a key in the path.
func (a *describedAPI) findItem(r *request) (answer, error) {
	user, err := a.found(r, value(r, a.d.Find.Path, "key"))
	return jsonAnswer(http.StatusOK, around(a.d.Find.User, user.Document)), err
}

// keyIn returns the key that a lookup asks for.
func (a *describedAPI) keyIn(r *request) (string, bool) {
	for _, parameter := range a.d.Find.Query {
		if slices.Contains(parameter.Value.Names(), "key") {
			if text, given := r.query[parameter.Name]; given {
				return parameter.Value.Match(text)
			}
		}
	}
	return "", false
}

func (a *describedAPI) listUsers(r *request) (answer, error) {
	page := a.d.List.Page
	if page == nil {
		return answer{status: http.StatusOK, stream: func(w io.Writer) error { return a.stream(r, w) }}, nil
	}
	size := page.Limit
	if size == 0 {
		size = 100
	}
	if text, given := r.query[page.Size]; given && page.Size != "" {
		wanted, err := strconv.Atoi(text)
		if err != nil || wanted < 1 || wanted > size {
			return answer{}, refuse(http.StatusBadRequest, "%s must be a number from 1 to %d", page.Size, size)
		}
		size = wanted
	}
	size = a.pageOf(size)
	if page.By == describe.ByCursor || page.By == describe.ByLink {
		return a.listAfter(r, size)
	}
	number := page.First
	if page.By == describe.ByOffset {
		number = 0
	}
	if text, given := r.query[page.Parameter]; given {
		var err error
		if number, err = strconv.Atoi(text); err != nil || number < 0 || page.By == describe.ByNumber && number < page.First {
			return answer{}, refuse(http.StatusBadRequest, "%s must be a number", page.Parameter)
		}
	}
	offset := number
	if page.By == describe.ByNumber {
		offset = (number - page.First) * size
	}
	users, total, err := a.page(r.Context(), a.d.Name, size, offset)
	return a.paged(users, total, nil), err
}

// paged returns the response with users and what is described beside them.
func (a *describedAPI) paged(users []User, total int, beside any) answer {
	documents := []json.RawMessage{}
	for _, user := range users {
		documents = append(documents, user.Document)
	}
	page := a.d.List.Page
	document := around(a.d.List.Users, documents)
	if beside != nil {
		document = merged(document, beside)
	}
	if page.Total != nil {
		document = merged(document, around(page.Total, total))
	}
	made := jsonAnswer(http.StatusOK, document)
	if page.TotalHeader != "" {
		made.setHeader(page.TotalHeader, strconv.Itoa(total))
	}
	return made
}

// listAfter returns the users after the one of a cursor.
func (a *describedAPI) listAfter(r *request, size int) (answer, error) {
	page := a.d.List.Page
	parameter := page.Parameter
	if parameter == "" {
		parameter = afterParameter
	}
	after := int64(0)
	if text, given := r.query[parameter]; given {
		decoded, err := base64.RawURLEncoding.DecodeString(text)
		if err == nil {
			after, err = strconv.ParseInt(string(decoded), 10, 64)
		}
		if err != nil || after < 0 {
			return answer{}, refuse(http.StatusBadRequest, "unknown %s", parameter)
		}
	}
	users, err := a.pageAfter(r.Context(), a.d.Name, after, size+1)
	if err != nil {
		return answer{}, err
	}
	total := 0
	if page.Total != nil || page.TotalHeader != "" {
		if _, total, err = a.page(r.Context(), a.d.Name, 1, 0); err != nil {
			return answer{}, err
		}
	}
	if len(users) <= size {
		return a.paged(users, total, nil), nil
	}
	cursor := base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(users[size-1].number, 10)))
	query := url.Values{parameter: {cursor}}
	for name, given := range r.query {
		if name != parameter {
			query.Set(name, given)
		}
	}
	address := r.URL.EscapedPath() + "?" + query.Encode()
	switch {
	case page.By == describe.ByLink:
		made := a.paged(users[:size], total, nil)
		made.setHeader("Link", "<"+address+`>; rel="next"`)
		return made, nil
	case page.Parameter == "":
		return a.paged(users[:size], total, around(page.Next, address)), nil
	default:
		return a.paged(users[:size], total, around(page.Next, cursor)), nil
	}
}

// stream writes the whole list.
func (a *describedAPI) stream(r *request, w io.Writer) error {
	before, after := "", ""
	for _, step := range a.d.List.Users {
		name, err := encodeJSON(step)
		if err != nil {
			return err
		}
		before, after = before+"{"+string(name)+":", after+"}"
	}
	separator := before + "["
	for user, err := range a.listed(r.Context(), a.d.Name) {
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, separator+string(user.Document)); err != nil {
			return err
		}
		separator = ","
	}
	if separator != "," {
		after = separator + "]" + after
	} else {
		after = "]" + after
	}
	_, err := io.WriteString(w, after)
	return err
}

// changeUser performs an update, a deactivation or an activation, which may be one request in the description.
func (a *describedAPI) changeUser(r *request, described *describe.Route) (answer, error) {
	var also []string
	for _, changing := range []*describe.Route{a.d.Update, a.d.Deactivate, a.d.Activate} {
		if changing != nil {
			body := changing.Body
			if inner, ok := body.Member(a.d.Envelope); ok && a.d.Envelope != "" {
				body = inner
			}
			also = append(append(also, changing.Repeat...), body.Names()...)
		}
	}
	var record fields.Record
	extra := map[string]any{}
	if len(r.body) > 0 {
		var err error
		if record, extra, err = a.record(r, false, also); err != nil {
			return answer{}, err
		}
	}
	found, err := a.found(r, value(r, described.Path, "id"))
	if err != nil {
		return answer{}, err
	}
	user := map[string]any{}
	err = a.update(r.Context(), a.d.Name, byID, found.ID, &user, func() string {
		for _, prefix := range described.Complete {
			if slices.ContainsFunc(sortedNames(record), func(name string) bool { return strings.HasPrefix(name, prefix+".") }) {
				delete(user, prefix) // the object is replaced
			}
		}
		_ = a.fill(user, record) // it was decoded by the same table
		merged(user, extra)
		if len(a.d.Modified) > 0 {
			merged(user, around(a.d.Modified, a.now().UTC().Format(time.RFC3339Nano)))
		}
		switch described {
		case a.d.Deactivate:
			a.setActive(user, false)
		case a.d.Activate:
			a.setActive(user, true)
		}
		key, _ := valueIn(user, a.keyPlace()).(string)
		return key
	})
	if err != nil {
		return answer{}, err
	}
	status := http.StatusOK
	if described.NoUser {
		status = http.StatusNoContent
	}
	if len(described.Statuses) > 0 {
		status = described.Statuses[0]
	}
	if described.NoUser {
		return answer{status: status, empty: true}, nil
	}
	return jsonAnswer(status, around(described.User, user)), nil
}

func (a *describedAPI) keyPlace() []string {
	field, _ := a.table.Field(a.d.Key.Field)
	return field.WirePath()
}

func (a *describedAPI) deleteUser(r *request) (answer, error) {
	user, err := a.found(r, value(r, a.d.Delete.Path, "id"))
	if err == nil {
		err = a.remove(r.Context(), a.d.Name, user.ID)
	}
	status := http.StatusNoContent
	if len(a.d.Delete.Statuses) > 0 {
		status = a.d.Delete.Statuses[0]
	}
	if status == http.StatusNoContent {
		return answer{status: status}, err
	}
	return jsonAnswer(status, struct{}{}), err
}
