package providertest

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// descriptionChecks returns the checks of the adapter's description.
func descriptionChecks() []Check {
	return []Check{
		{"the adapter is described", checkAdapter},
		{"the settings are consistent", checkSettings},
		{"the table is consistent", checkTable},
		{"every name leads to one field", checkNames},
		{"the operations are documented", checkOperations},
		{"the login is documented", checkLogin},
		{"what is next to the operations is consistent", checkBeside},
		{"the client has the documented operations", checkPowers},
		{"the record is valid and complete", checkRecord},
	}
}

func checkAdapter(_ TB, subject Subject) error {
	adapter := subject.Adapter
	var found findings
	if adapter.Name == "" || strings.Trim(adapter.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		found.addf("the name %q is not made of a-z, 0-9 and hyphens", adapter.Name)
	}
	if adapter.Vendor == "" {
		found.addf("the vendor has no name")
	}
	if adapter.New == nil {
		found.addf("nothing makes a client: New is nil")
	}
	found.in("the documentation", checkAddress(adapter.Docs))
	if adapter.BaseURL != "" {
		found.in("the base URL", checkAddress(adapter.BaseURL))
		if strings.HasSuffix(adapter.BaseURL, "/") {
			found.addf("the base URL %q ends with a slash", adapter.BaseURL)
		}
	}
	key, ok := adapter.Table.Field(adapter.Key)
	switch {
	case !ok:
		found.addf("the key %q is no field of the table", adapter.Key)
	case key.Kind != schema.String || !key.Required || key.Secret:
		found.addf("the key %q must be a required text that is no secret", adapter.Key)
	case !key.Identifier && key.Format != schema.Email:
		found.addf("the key %q must be an identifier, in which no invisible character is accepted", adapter.Key)
	}
	if adapter.KeyCase != provider.KeyCaseUnknown {
		found.in("the case of keys", checkAddress(adapter.KeyCaseDocs))
	} else if adapter.KeyCaseDocs != "" {
		found.addf("%s documents nothing about the case of keys", adapter.KeyCaseDocs)
	}
	if adapter.Scope != "" {
		if scope, ok := adapter.Table.Field(adapter.Scope); !ok || scope.In != schema.Path || !scope.Required {
			found.addf("the scope %q must be a required field in the path", adapter.Scope)
		}
	}
	if adapter.Organization != "" {
		if field, ok := adapter.Table.Field(adapter.Organization); !ok || field.Secret {
			found.addf("the organization %q must be a field that is not a secret", adapter.Organization)
		}
	}
	return found.err()
}

func checkAddress(address string) error {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "https" || parsed.Host == "" {
		return fmt.Errorf("%q is no https address", address)
	}
	return nil
}

func checkSettings(_ TB, subject Subject) error {
	var found findings
	settings := map[string]provider.Setting{}
	for _, setting := range subject.Adapter.Settings {
		if _, twice := settings[setting.Name]; twice {
			found.addf("setting %s is listed twice", setting.Name)
		}
		settings[setting.Name] = setting
		if setting.Name == "" || setting.Name != schema.Kebab(setting.Name) {
			found.addf("setting %q is not in kebab case", setting.Name)
		}
		found.in("setting "+setting.Name, checkHelp(setting.Help))
		if setting.Secret && (setting.Default != "" || setting.Values != nil) {
			found.addf("setting %s is a secret and has known values", setting.Name)
		}
		if setting.Values != nil && !slices.Contains(setting.Values, setting.Default) {
			found.addf("setting %s: the default %q is none of its values", setting.Name, setting.Default)
		}
	}
	for _, header := range subject.Adapter.Auth.Headers {
		if header.Name == "" || !settings[header.Setting].Secret {
			found.addf("the header %q comes from %q, which is no secret setting", header.Name, header.Setting)
		}
	}
	if exchange := subject.Adapter.Auth.ClientCredentials; exchange != nil {
		if !settings[exchange.ClientSecret].Secret {
			found.addf("the client's secret comes from %q, which is no secret setting", exchange.ClientSecret)
		}
		for _, name := range []string{exchange.ClientID, exchange.TokenURL} {
			if _, ok := settings[name]; !ok {
				found.addf("the client credentials name %q, which is no setting", name)
			}
		}
	}
	return found.err()
}

func checkHelp(help string) error {
	if help == "" || strings.HasSuffix(help, ".") {
		return fmt.Errorf("the help %q is not a phrase without a full stop", help)
	}
	return nil
}

func checkTable(_ TB, subject Subject) error {
	table := subject.Adapter.Table
	var found findings
	if len(table) == 0 {
		found.addf("the table is empty")
	}
	for i, field := range table {
		found.in("field "+field.Name, checkField(field))
		for _, other := range table[:i] {
			a, b := field.WirePath(), other.WirePath()
			if short := min(len(a), len(b)); field.In == schema.Body && other.In == schema.Body && slices.Equal(a[:short], b[:short]) {
				found.addf("fields %s and %s share the place %s", other.Name, field.Name, schema.Pointer(a[:short]))
			}
		}
	}
	return found.err()
}

func checkField(field schema.Field) error {
	var found findings
	if field.Name == "" {
		found.addf("it has no name")
	}
	found.add(checkHelp(field.Help))
	if place := field.WirePath(); len(place) == 0 || slices.Contains(place, "") {
		found.addf("its place %q is empty", place)
	}
	if field.In == schema.Path && (!field.Required || field.Kind.IsList()) {
		found.addf("it stands in the path, so it must be required and no list")
	}
	if (field.Kind == schema.Objects) != (len(field.Parts) > 0) {
		found.addf("a %s cannot have %d parts", field.Kind, len(field.Parts))
	}
	for _, part := range field.Parts {
		found.in("part "+part.Name, checkField(part))
		if part.Kind.IsList() {
			found.addf("part %s is a list, which the compact form cannot hold", part.Name)
		}
	}
	for _, text := range append(slices.Clone(field.Suggestions), field.Example) {
		if text != "" {
			value, fieldErr := field.Parse(text)
			if fieldErr != nil || len(field.Check(value)) > 0 {
				found.addf("its own example %q is not valid", text)
			}
		}
	}
	return found.err()
}

// checkNames searches for names that two fields share. A title may repeat its own field's name; nothing else may repeat
// anything.
func checkNames(_ TB, subject Subject) error {
	var found findings
	flags, words := map[string]string{}, map[string]string{}
	for _, field := range subject.Adapter.Table {
		if other, taken := flags[field.FlagName()]; taken {
			found.addf("fields %s and %s have the flag --%s", other, field.Name, field.FlagName())
		}
		flags[field.FlagName()] = field.Name
		for _, word := range append([]string{field.Name, field.FlagName(), field.Label()}, field.Aliases...) {
			folded := schema.FoldName(word)
			if folded == "" {
				found.addf("field %s has a name without letters: %q", field.Name, word)
			}
			if other, taken := words[folded]; taken && other != field.Name {
				found.addf("%q means field %s and field %s", word, other, field.Name)
			}
			words[folded] = field.Name
		}
	}
	if names := subject.Adapter.Table.Names(); len(slices.Compact(slices.Sorted(slices.Values(names)))) != len(names) {
		found.addf("a name is listed twice: %q", names)
	}
	return found.err()
}

func checkOperations(_ TB, subject Subject) error {
	var found findings
	position := -1
	for _, operation := range subject.Adapter.Endpoints {
		at := slices.Index(provider.Capabilities(), operation.Capability)
		if at <= position {
			found.addf("%q is no power, or out of the order of provider.Powers, or listed twice", operation.Capability)
		}
		position = at
		if len(documentedRequests(operation.Request)) == 0 {
			found.addf("%s: %q is no method and path", operation.Capability, operation.Request)
		}
		found.in(string(operation.Capability), checkAddress(operation.Docs))
	}
	if _, ok := subject.Adapter.Endpoint(provider.CapabilityCreate); !ok {
		found.addf("no operation creates a user")
	}
	return found.err()
}

// checkBeside checks what single operations need in addition to the table.
func checkBeside(_ TB, subject Subject) error {
	adapter := subject.Adapter
	var found findings
	if _, ok := adapter.Endpoint(provider.CapabilityUpdate); ok && len(adapter.Table.Mutable()) == 0 {
		found.addf("users can be updated, and no field can be changed")
	}
	if _, ok := adapter.Endpoint(provider.CapabilityList); !ok && adapter.Filters != nil {
		found.addf("there are filters and no list")
	}
	filters := map[string]bool{}
	for _, filter := range adapter.Filters {
		if filter.Name == "" || filters[filter.Name] {
			found.addf("filter %q has no name, or that of another one", filter.Name)
		}
		filters[filter.Name] = true
		found.in("filter "+filter.Name, checkHelp(filter.Help))
	}
	if _, ok := adapter.Endpoint(provider.CapabilityNewAPIKey); !ok && adapter.APIKeyTable != nil {
		found.addf("new API keys have options, and nothing makes one")
	}
	for _, field := range adapter.APIKeyTable {
		found.in("option "+field.Name, checkField(field))
		if field.In != schema.Body || field.Secret || field.Immutable {
			found.addf("option %s is none of a request's body", field.Name)
		}
	}
	found.in("uniqueness", checkUniqueness(adapter))
	kinds := subject.kinds()
	for _, field := range adapter.Table {
		for _, field := range append(slices.Clone(field.Parts), field) {
			if field.Refers != "" && !slices.Contains(slices.Collect(maps.Values(kinds)), field.Refers) {
				found.addf("field %s refers to %q, and nothing lists those", field.Name, field.Refers)
			}
		}
	}
	return found.err()
}

// checkUniqueness checks the source of the unique fields.
func checkUniqueness(adapter provider.Adapter) error {
	var found findings
	if adapter.Unique == provider.UniqueUnknown {
		if adapter.UniqueSource != "" || len(adapter.UniqueFields) > 0 {
			found.addf("it has a source or fields, and is unknown")
		}
		return found.err()
	}
	found.add(checkAddress(adapter.UniqueSource))
	if !slices.Contains(adapter.UniqueFields, adapter.Key) {
		found.addf("the key %s is not among the unique fields", adapter.Key)
	}
	for _, name := range adapter.UniqueFields {
		if _, ok := adapter.Table.Field(name); !ok {
			found.addf("there is no field %s", name)
		}
	}
	return found.err()
}

// ability is a power with the interface that clients have it by.
type ability struct {
	power provider.Capability
	has   func(provider.Client) bool
}

// can reports whether a client has the methods of a power.
func can[Power any](client provider.Client) bool {
	_, ok := provider.As[Power](client)
	return ok
}

// abilities lists the powers that package provider has an interface for each.
// A directory of roles, of organizations, of groups or of several of these is one interface.
func abilities() []ability {
	return []ability{
		{provider.CapabilityFind, can[provider.Finder]},
		{provider.CapabilityList, can[provider.Lister]},
		{provider.CapabilityGet, can[provider.Getter]},
		{provider.CapabilityUpdate, can[provider.Updater]},
		{provider.CapabilityDeactivate, can[provider.Deactivator]},
		{provider.CapabilityActivate, can[provider.Activator]},
		{provider.CapabilityDelete, can[provider.Deleter]},
		{provider.CapabilityBatch, can[provider.Batcher]},
		{provider.CapabilityAddMember, can[provider.MembershipManager]},
		{provider.CapabilityRemoveMember, can[provider.MembershipManager]},
		{provider.CapabilityAPIKeys, can[provider.APIKeyManager]},
		{provider.CapabilityNewAPIKey, can[provider.APIKeyManager]},
		{provider.CapabilitySessions, can[provider.SessionLister]},
		{provider.CapabilityRevoke, can[provider.SessionRevoker]},
		{provider.CapabilityRecovery, can[provider.Recoverer]},
		{provider.CapabilityResetMFA, can[provider.MFAResetter]},
		{provider.CapabilityCheck, can[provider.Checker]},
	}
}

func checkPowers(t TB, subject Subject) error {
	client, _ := subject.begin(t).connect(always(plainAnswer(http.StatusNotFound, "text/plain", "")))
	var found findings
	for _, ability := range abilities() {
		_, documented := subject.Adapter.Endpoint(ability.power)
		switch has := ability.has(client); {
		case has && !documented:
			found.addf("the client can %s, and no operation says where that is documented", ability.power)
		case documented && !has:
			found.addf("the operation %s is listed, and the client cannot do it", ability.power)
		}
	}
	if _, documented := subject.Adapter.Endpoint(provider.CapabilityGroups); can[provider.MembershipManager](client) && !documented {
		found.addf("the client changes the members of groups, and no operation lists the groups")
	}
	if _, documented := subject.Adapter.Endpoint(provider.CapabilityMembers); documented && !can[provider.MembershipManager](client) {
		found.addf("the members of groups are listed, and the client cannot do it")
	}
	if has := can[provider.Directory](client); has != (len(subject.kinds()) > 0) {
		found.addf("whether the client lists names is %t, and the operations document %v", has, subject.kinds())
	}
	return found.err()
}

func checkRecord(_ TB, subject Subject) error {
	var found findings
	keys := map[string]int{}
	for n := 1; n <= 3; n++ {
		record := subject.record(n)
		found.add(subject.Adapter.Table.Validate(record).Err())
		for _, field := range subject.Adapter.Table {
			if record.IsEmpty(field.Name) {
				found.addf("record %d holds nothing for %s", n, field.Name)
			}
			if secret := record.Text(field.Name); field.Secret && len(secret) < leastSecret {
				found.addf("record %d: the secret %s is too short to be looked for", n, field.Name)
			}
		}
		key := schema.KeyForm(record.Text(subject.Adapter.Key))
		if other, taken := keys[key]; taken {
			found.addf("records %d and %d have the same key", other, n)
		}
		keys[key] = n
	}
	return found.err()
}
