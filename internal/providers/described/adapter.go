// Package described makes adapters of descriptions.
package described

import (
	"net/http"
	"strings"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Adapter returns the adapter that a description describes.
func Adapter(d *describe.Description) provider.Adapter {
	defaults := map[string]string{}
	for _, setting := range d.Settings {
		defaults[setting.Name] = setting.Default
	}
	adapter := tailored(d, func(name string) string { return defaults[name] })
	if len(d.Settings) > 0 {
		adapter.ForTenant = func(setting func(string) string) (provider.Adapter, error) {
			made := tailored(d, setting)
			made.ForTenant = adapter.ForTenant
			return made, nil
		}
	}
	return adapter
}

// tailored returns the adapter for a profile with these settings.
func tailored(d *describe.Description, setting func(string) string) provider.Adapter {
	adapter := provider.Adapter{
		Name: d.Name, Vendor: d.Vendor, Docs: d.Docs, BaseURL: d.BaseURL,
		Settings: settings(d, setting), Auth: auth(d.Auth, setting),
		Table: beside(d), Key: d.Key.Field, Envelope: d.Envelope, Scope: d.Scope(), Organization: d.Organization, IDOnly: d.Create.IDOnly(),
		Lifecycle: traces(d),
		Endpoints: operations(d),
		Reason:    func(body []byte) string { return reason(d, body) },
		New:       func(connection provider.Connection) (provider.Client, error) { return newClient(d, connection) },
	}
	if d.Quota != nil {
		adapter.Quota = provider.Quota(*d.Quota)
	}
	adapter.FindsParts = d.Find != nil && d.Find.Substring
	switch d.Key.Compare {
	case describe.CompareExact:
		adapter.KeyCase, adapter.KeyCaseDocs = provider.KeyCaseExact, d.Key.Docs
	case describe.CompareLower:
		adapter.KeyCase, adapter.KeyCaseDocs = provider.KeyCaseIgnored, d.Key.Docs
	}
	if d.Unique.Level != "" {
		adapter.Unique = map[string]provider.Uniqueness{"documented": provider.UniqueDocumented, "enforced": provider.UniqueEnforced}[d.Unique.Level]
		adapter.UniqueSource, adapter.UniqueFields = d.Unique.Docs, d.Unique.Fields
	}
	return adapter
}

// beside returns the table, whose fields list the properties that are added to the body with them.
func beside(d *describe.Description) schema.Table {
	table := d.Table()
	for i, field := range d.Fields {
		for _, place := range field.Copies {
			table[i].Beside = append(table[i].Beside, place[0])
		}
		for _, constant := range field.With {
			table[i].Beside = append(table[i].Beside, constant.Place[0])
		}
	}
	return table
}

func settings(d *describe.Description, setting func(string) string) []provider.Setting {
	var list []provider.Setting
	secret := func(name, help string) { list = append(list, provider.Setting{Name: name, Help: help, Secret: true}) }
	for _, h := range d.Auth.Headers {
		secret(h.Setting, h.Help)
	}
	if basic := d.Auth.Basic; basic != nil {
		secret(basic.Username, basic.UsernameHelp)
		secret(basic.Password, basic.PasswordHelp)
	}
	if oauth := d.Auth.OAuth; oauth != nil {
		secret("client-id", "OAuth client id of the application")
		secret("client-secret", "OAuth client secret of the application")
		endpoint := provider.Setting{Name: "token-url", Help: "address of the token endpoint, if it is not below the base URL"}
		if oauth.Origin != "" {
			endpoint.Help = "address of the token endpoint, if it is not " + oauth.Origin + oauth.Path.String()
			if path, err := oauth.Path.Expand(setting); err == nil {
				endpoint.Default = oauth.Origin + path
			}
		}
		list = append(list, endpoint)
	}
	if login := d.Auth.Login; login != nil {
		for _, credential := range login.Settings {
			secret(credential.Name, credential.Help)
		}
	}
	for _, s := range d.Settings {
		list = append(list, provider.Setting{Name: s.Name, Help: s.Help, Default: s.Default, Values: s.Values, Required: s.Default == "" && !s.Optional, RequiredBySome: s.Optional})
	}
	return list
}

func auth(described describe.Auth, setting func(string) string) provider.Auth {
	var made provider.Auth
	for _, h := range described.Headers {
		made.Headers = append(made.Headers, provider.AuthHeader{
			Name: http.CanonicalHeaderKey(h.Name), Prefix: h.Prefix, Setting: h.Setting, Optional: h.Optional,
		})
	}
	if basic := described.Basic; basic != nil {
		made.Basic = &provider.BasicAuth{Username: basic.Username, Password: basic.Password}
	}
	if oauth := described.OAuth; oauth != nil {
		path := ""
		if oauth.Origin == "" {
			path, _ = oauth.Path.Expand(setting) // an empty setting is refused when the client is made
		}
		exchange := &provider.ClientCredentials{
			TokenURL: "token-url", ClientID: "client-id", ClientSecret: "client-secret",
			Path: path, InBody: oauth.InBody, Scopes: oauth.Scopes, Parameters: map[string]string{},
		}
		for _, parameter := range oauth.Parameters {
			exchange.Parameters[parameter.Name], _ = parameter.Value.Expand(setting)
		}
		made.ClientCredentials = exchange
	}
	if login := described.Login; login != nil {
		made.Session = session(login, setting)
	}
	return made
}

func session(login *describe.Login, setting func(string) string) *provider.Session {
	path, _ := login.Path.Expand(setting)
	made := &provider.Session{
		Path: path, Header: http.CanonicalHeaderKey(login.Header), Prefix: login.Prefix,
		Body: func(values map[string]string) []byte {
			body, err := login.Body.JSON(func(name string) string {
				if value, ok := values[name]; ok {
					return value
				}
				return setting(name)
			})
			if err != nil {
				return nil
			}
			return body
		},
		Token: func(header http.Header, body []byte) string {
			if login.TokenHeader != "" {
				return header.Get(login.TokenHeader)
			}
			if texts := login.Token.Texts(body); len(texts) == 1 {
				return texts[0]
			}
			return ""
		},
	}
	for _, credential := range login.Settings {
		made.Settings = append(made.Settings, credential.Name)
	}
	return made
}

func traces(d *describe.Description) provider.Lifecycle {
	made := provider.Lifecycle{Created: d.Created, Modified: d.Modified}
	if d.State != nil {
		made.State, made.Inactive = d.State.At, d.State.Is[0]
	}
	return made
}

// reason returns the provider's own sentence in a refusal.
func reason(d *describe.Description, body []byte) string {
	var sentences []string
	for _, pointer := range d.Reasons {
		for _, text := range pointer.Texts(body) {
			if text = strings.TrimSpace(text); text != "" {
				sentences = append(sentences, text)
			}
		}
	}
	return strings.Join(sentences, "; ")
}

// operations lists the described requests in the order of [provider.Capabilitys].
func operations(d *describe.Description) []provider.Endpoint {
	requests := map[provider.Capability]*describe.Route{}
	words := map[string]provider.Capability{
		"create": provider.CapabilityCreate, "find": provider.CapabilityFind, "list": provider.CapabilityList, "get": provider.CapabilityGet,
		"update": provider.CapabilityUpdate, "deactivate": provider.CapabilityDeactivate, "activate": provider.CapabilityActivate,
		"delete": provider.CapabilityDelete, "check": provider.CapabilityCheck, "self": provider.CapabilitySelf,
		"revoke-sessions": provider.CapabilityRevoke, "reset-mfa": provider.CapabilityResetMFA,
		"groups": provider.CapabilityGroups, "members": provider.CapabilityMembers,
		"add-member": provider.CapabilityAddMember, "remove-member": provider.CapabilityRemoveMember,
	}
	for word, route := range d.Routes() {
		if power, ok := words[word]; ok {
			requests[power] = route
		}
	}
	if d.List != nil && d.CheckRead == nil {
		requests[provider.CapabilityCheck] = &d.List.Route
	}
	var list []provider.Endpoint
	for _, power := range provider.Capabilities() {
		route, ok := requests[power]
		if !ok {
			continue
		}
		text := documented(route, nil)
		switch power {
		case provider.CapabilityFind:
			text = documentedList(&d.Find.List)
		case provider.CapabilityList:
			text = documentedList(d.List)
		case provider.CapabilityGroups:
			text = documentedList(&d.Groups.List.List)
		case provider.CapabilityMembers:
			text = documentedList(&d.Groups.Members.List)
			if d.Groups.Member != nil {
				text += ", or " + documented(d.Groups.Member, nil) + " for one user"
			}
		case provider.CapabilityCheck:
			if d.CheckRead == nil {
				text = documentedList(d.List)
			}
		}
		list = append(list, provider.Endpoint{Capability: power, Request: text, Docs: route.Docs})
	}
	return list
}

// documented returns a request as reference pages show it: without the values of parameters that have templates.
func documented(route *describe.Route, more []string) string {
	var b strings.Builder
	b.WriteString(route.Method + " ")
	for _, segment := range route.Path.Segments() {
		b.WriteString("/" + strings.ReplaceAll(segment.String(), "|lower", "")) // the only filter of a path
	}
	var query []string
	for _, parameter := range route.Query {
		value := ""
		if parameter.Value.IsLiteral() {
			value = parameter.Value.String()
		}
		query = append(query, parameter.Name+"="+value)
	}
	if query = append(query, more...); len(query) > 0 {
		b.WriteString("?" + strings.Join(query, "&"))
	}
	return b.String()
}

// documentedList returns the request of a list with the parameters of its pages.
func documentedList(list *describe.List) string {
	page := list.Page
	if page == nil {
		return documented(&list.Route, nil)
	}
	var more []string
	if page.Size != "" {
		more = append(more, page.Size+"=")
	}
	switch {
	case page.By == describe.ByNumber, page.By == describe.ByOffset:
		return documented(&list.Route, append(more, page.Parameter+"="))
	case page.Parameter != "":
		return documented(&list.Route, more) + ", or " + documented(&list.Route, append(more, page.Parameter+"="))
	default:
		return documented(&list.Route, more)
	}
}
