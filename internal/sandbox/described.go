package sandbox

import (
	"encoding/json"
	"maps"
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
	key := api.keyPlace()
	made := dialect{
		provider: d.Name, prefix: "/" + d.Name, base: "/" + d.Name,
		key: [][]string{key}, optional: api.optional(), keyIsID: slices.Equal(key, []string{d.ID}),
		routes: api.routes(), authenticate: api.authenticate, shape: api.shape,
		admit: func(string) error { return nil }, // with the credentials
	}
	if len(d.Create.User) == 1 && !d.Create.IDOnly() {
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
		if place := a.d.Create.IDAt; place != nil {
			var id json.Number
			a.numeric = json.Unmarshal(place.Raw(example.Response.Body.Literal()), &id) == nil
			return
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
				if before := routes[i].serve; does != lists { // the key distinguishes a lookup from a list
					routes[i].serve = func(r *request) (answer, error) {
						if a.hasLiterals(r, described.Query) {
							return serve(r)
						}
						return before(r)
					}
				}
				return
			}
		}
		routes = append(routes, route{method: described.Method, path: path, does: does, query: query, serve: serve})
	}
	d := a.d
	add(&d.Create.Route, creates, parameterNames(d.Create.Query), a.createUser)
	if d.Get != nil {
		if d.Find.IsItem {
			add(&d.Find.Route, readsOne, parameterNames(d.Find.Query), a.findItem)
			add(&d.List.Route, lists, listParameters(a.d.List), a.listUsers)
		} else {
			add(&d.Find.Route, lists, listParameters(&d.Find.List), a.findUser)
			add(&d.List.Route, lists, listParameters(a.d.List), a.findUser)
		}
		add(d.Get, readsOne, parameterNames(d.Get.Query), a.getUser)
	}
	for _, changing := range []*describe.Route{d.Update, d.Deactivate, d.Activate} {
		if changing != nil {
			add(changing, changes, parameterNames(changing.Query), func(r *request) (answer, error) { return a.changeUser(r, changing) })
		}
	}
	for _, affecting := range []*describe.Route{d.RevokeSessions, d.ResetMFA} {
		if affecting != nil {
			add(affecting, changes, parameterNames(affecting.Query), func(r *request) (answer, error) { return a.affectUser(r, affecting) })
		}
	}
	if d.Delete != nil {
		add(d.Delete, deletes, parameterNames(d.Delete.Query), a.deleteUser)
	}
	if g := d.Groups; g != nil {
		add(&g.List.Route, lists, listParameters(&g.List.List), a.listGroups)
		add(&g.Members.Route, lists, listParameters(&g.Members.List), a.listMembers)
		if g.Member != nil {
			add(g.Member, readsOne, parameterNames(g.Member.Query), a.getMember)
		}
		add(g.Add, changes, parameterNames(g.Add.Query), func(r *request) (answer, error) { return a.changeMember(r, g.Add, true) })
		add(g.Remove, changes, parameterNames(g.Remove.Query), func(r *request) (answer, error) { return a.changeMember(r, g.Remove, false) })
	}
	if d.CheckRead != nil {
		add(d.CheckRead, other, parameterNames(d.CheckRead.Query), func(*request) (answer, error) { return jsonAnswer(http.StatusOK, map[string]bool{"ok": true}), nil })
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

// hasLiterals reports whether a request has the fixed parameters of a described one, which has some.
func (a *describedAPI) hasLiterals(r *request, query []describe.Parameter) bool {
	fixed := slices.DeleteFunc(slices.Clone(query), func(p describe.Parameter) bool { return !p.Value.IsLiteral() })
	return len(fixed) > 0 && !slices.ContainsFunc(fixed, func(p describe.Parameter) bool { return r.query[p.Name] != p.Value.String() })
}

func parameterNames(query []describe.Parameter) []string {
	list := make([]string, len(query))
	for i, parameter := range query {
		list[i] = parameter.Name
	}
	return list
}

// value returns the value of a named segment of a request's path.
func value(r *request, path describe.Path, name string) string {
	for i, segment := range path.Segments() {
		if slices.Contains(segment.Names(), name) {
			text, _ := segment.Match(r.PathValue(strconv.Itoa(i))) // another text is no value
			return text
		}
	}
	return ""
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
		switch {
		case slices.Equal(a.keyPlace(), []string{a.d.ID}):
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
	if a.d.Create.IDAt != nil {
		var value any = id
		if a.numeric {
			value = json.Number(id)
		}
		return jsonAnswer(a.d.Create.Statuses[0], around(a.d.Create.IDAt, value)), nil
	}
	return jsonAnswer(a.d.Create.Statuses[0], around(a.d.Create.User, user)), nil
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
	if err != nil {
		return answer{}, err
	}
	if a.d.Key.Compare == describe.CompareExact {
		users = slices.DeleteFunc(users, func(user User) bool { return user.Key != key })
	}
	if find.Page == nil {
		return paged(&find.List, users, len(users), nil), nil
	}
	size, offset, err := a.window(r, find.Page)
	begin := min(offset, len(users))
	return paged(&find.List, users[begin:min(begin+size, len(users))], len(users), nil), err
}

// findItem looks a user up by a key in the path.
func (a *describedAPI) findItem(r *request) (answer, error) {
	key, inQuery := a.keyIn(r)
	if !inQuery {
		key = value(r, a.d.Find.Path, "key")
	}
	user, err := a.found(r, key)
	return jsonAnswer(http.StatusOK, around(a.d.Find.User, user.Document)), err
}

// keyIn returns the key that a lookup asks for. A list may have a constant instead of the key.
func (a *describedAPI) keyIn(r *request) (string, bool) {
	for _, parameter := range a.d.Find.Query {
		if slices.Contains(parameter.Value.Names(), "key") {
			if text, given := r.query[parameter.Name]; given {
				if slices.ContainsFunc(a.d.List.Query, func(p describe.Parameter) bool {
					return p.Name == parameter.Name && p.Value.IsLiteral() && p.Value.String() == text
				}) {
					return "", false
				}
				return parameter.Value.Match(text)
			}
		}
	}
	return "", false
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
			also = append(also, body.Names()...)
			for _, repeat := range changing.Repeat {
				also = append(also, repeat.Name)
			}
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
	for _, repeat := range described.Repeat {
		if repeat.Or != "" && (extra[repeat.Name] == nil || extra[repeat.Name] == "") {
			return answer{}, refuse(http.StatusBadRequest, "%s is required", repeat.Name)
		}
	}
	found, err := a.found(r, value(r, described.Path, "id"))
	if err != nil {
		return answer{}, err
	}
	user := map[string]any{}
	err = a.update(r.Context(), a.d.Name, byID, found.ID, &user, func() string {
		for _, prefix := range described.Complete {
			if slices.ContainsFunc(slices.Collect(maps.Keys(record)), func(name string) bool { return strings.HasPrefix(name, prefix+".") }) {
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

// affectUser affirms a request that changes nothing of the user's object: there are no sessions and no second factors here.
func (a *describedAPI) affectUser(r *request, described *describe.Route) (answer, error) {
	_, err := a.found(r, value(r, described.Path, "id"))
	status := http.StatusNoContent
	if len(described.Statuses) > 0 {
		status = described.Statuses[0]
	}
	if status == http.StatusNoContent {
		return answer{status: status}, err
	}
	return jsonAnswer(status, struct{}{}), err
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

// record reads the fields of a body. What the description adds by itself is removed first.
func (a *describedAPI) record(r *request, isNew bool, also []string) (fields.Record, map[string]any, error) {
	tree, err := a.tree(r)
	if err != nil {
		return nil, nil, err
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
	if isNew {
		for _, constant := range a.d.Constants {
			prune(body, constant.Place)
		}
	}
	extra := map[string]any{}
	if a.d.Update != nil && a.d.Update.ReadFirst && !isNew { // every property is sent again
		also = slices.Collect(maps.Keys(body))
	}
	for _, name := range also {
		if value, given := body[name]; given && !a.isField(name) {
			extra[name] = value
			delete(body, name)
		}
	}
	record, faults := a.table.Decode(a.indexed(body, nil).(map[string]any))
	if scope, ok := a.table.Field(a.d.Scope()); ok && isNew {
		value, fault := scope.Parse(value(r, a.d.Create.Path, scope.Name))
		if fault != nil {
			faults = append(faults, fault)
		}
		record[scope.Name] = value
	}
	if isNew {
		faults = append(faults, a.table.Validate(record)...)
	}
	if len(faults) > 0 {
		return nil, nil, refuse(http.StatusBadRequest, "%s", invalidFields(faults))
	}
	return record, extra, nil
}

// tree reads a body as a JSON document. The texts of a form are values of their fields.
func (a *describedAPI) tree(r *request) (any, error) {
	if !a.d.Form {
		if err := r.requireJSON("application/json"); err != nil {
			return nil, err
		}
		tree, err := parseJSON(r.body)
		if err != nil {
			return nil, refuse(http.StatusBadRequest, "the body is not valid JSON: %v", err)
		}
		return tree, nil
	}
	form, err := url.ParseQuery(string(r.body))
	if err != nil || !r.isForm() {
		return nil, refuse(http.StatusUnsupportedMediaType, "the body must be a form")
	}
	tree := map[string]any{}
	for name, texts := range form {
		tree[name] = guess(texts[0])
		for _, field := range a.table {
			switch {
			case field.WirePath()[0] != name:
			case field.Kind == fields.Strings:
				items := make([]any, len(texts))
				for i, text := range texts {
					items[i] = text
				}
				tree[name] = items
			case field.Kind == fields.String:
				tree[name] = texts[0]
			}
		}
	}
	return tree, nil
}

// invalidFields lists fields, not values.
func invalidFields(faults fields.FieldErrors) string {
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

// fill sets the values of a record in a user's object, without those that are never returned.
func (a *describedAPI) fill(user map[string]any, record fields.Record) error {
	shown := fields.Record{}
	for name, value := range record {
		if field, _ := a.table.Field(name); !field.WriteOnly && !field.Secret && field.In == fields.Body {
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
