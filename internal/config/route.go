package config

import (
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/internal/document"
	"github.com/bring-aboard/usher/internal/leak"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Route is a named list of profiles, through which one roster is brought in this order.
type Route struct {
	Name  string
	Steps []RouteStep
}

// RouteStep is one profile of a route.
type RouteStep struct {
	Profile string
	// Set are the values that every new user has.
	Set []RouteValue

	source Source
}

// The columns of an earlier step that a value can be.
const (
	// ColumnID is the id that the earlier system gave the user.
	ColumnID = "id"
	// ColumnKey is the natural key of the user there.
	ColumnKey = "key"
)

// RouteValue is the value of one field.
type RouteValue struct {
	// Field is a name of the field.
	Field string
	// Text is the same for every user. It is empty for a value that is carried.
	Text string
	// From is the profile of an earlier step, and Column what of its user is carried. Both are empty for a text.
	From, Column string

	source Source
}

// Error returns an error about the step, with its place.
func (r *Route) Error(step RouteStep, problem, hint string) *Error {
	return &Error{Source: step.source, Route: r.Name, Message: problem, Hint: hint}
}

// ValueError returns an error about a value, with its place.
func (r *Route) ValueError(value RouteValue, problem, hint string) *Error {
	return &Error{Source: value.source, Route: r.Name, Setting: settingSet, Message: problem, Hint: hint}
}

// keyProfile is the key of a step's profile. That of its values is settingSet.
const keyProfile = "profile"

// route is one route of the file, unchecked.
type route struct {
	key, body *yaml.Node
}

func (f *file) readRoutes(routes *yaml.Node) Errors {
	if document.IsNull(routes) {
		return nil
	}
	if routes.Kind != yaml.MappingNode {
		return Errors{{Source: f.at(routes), Message: "routes must contain one key for each route, not " + document.KindOf(routes)}}
	}
	for key, body := range document.Pairs(routes) {
		f.routes = append(f.routes, route{key, body})
	}
	return f.duplicates(routes, "")
}

// RouteNames returns the names of the routes, in the order of the file.
func (c *Config) RouteNames() []string {
	var names []string
	for _, r := range c.file.routes {
		names = append(names, r.key.Value)
	}
	return names
}

// RoutesOf returns the names of the routes with a step in a profile.
func (c *Config) RoutesOf(profile string) []string {
	var names []string
	for _, r := range c.file.routes {
		read, _ := c.readRoute(r) // it has the steps that can be read
		if read != nil && slices.ContainsFunc(read.Steps, func(step RouteStep) bool { return step.Profile == profile }) {
			names = append(names, read.Name)
		}
	}
	return names
}

// Route returns a route whose profiles exist and whose values come from earlier steps. It fails with an
// [*UnknownRouteError], or with an [*Error] or [Errors] for a route with errors.
func (c *Config) Route(name string) (*Route, error) {
	i := slices.IndexFunc(c.file.routes, func(r route) bool { return r.key.Value == name })
	if i < 0 {
		return nil, &UnknownRouteError{Name: name, File: c.place(), Names: c.RouteNames()}
	}
	read, configErrs := c.readRoute(c.file.routes[i])
	return read, configErrs.err()
}

// readRoute returns a route with all errors in it.
func (c *Config) readRoute(r route) (*Route, Errors) {
	read := &Route{Name: r.key.Value}
	if err := checkName("route", read.Name); err != nil {
		return nil, Errors{{Source: c.file.at(r.key), Message: err.Error(), Hint: "rename it", Err: err}}
	}
	if r.body.Kind != yaml.SequenceNode || len(r.body.Content) == 0 {
		return nil, Errors{{Source: c.file.at(r.body), Route: read.Name, Message: "must be a list of profiles, not " + kindOrEmpty(r.body), Hint: "begin each with - profile: NAME"}}
	}
	var configErrs Errors
	for _, item := range r.body.Content {
		step, found := c.readStep(read, document.Followed(item))
		read.Steps = append(read.Steps, step)
		configErrs = append(configErrs, found...)
	}
	return read, configErrs
}

func kindOrEmpty(node *yaml.Node) string {
	if node.Kind == yaml.SequenceNode {
		return "an empty list"
	}
	return document.KindOf(node)
}

// readStep returns a step that follows the steps of a route so far.
func (c *Config) readStep(before *Route, body *yaml.Node) (step RouteStep, configErrs Errors) {
	step.source = c.file.at(body)
	report := func(node *yaml.Node, setting, problem, hint string) {
		configErrs = append(configErrs, &Error{Source: c.file.at(node), Route: before.Name, Setting: setting, Message: problem, Hint: hint})
	}
	if body.Kind != yaml.MappingNode {
		report(body, "", "a step must contain profile: NAME, not "+document.KindOf(body), "")
		return step, configErrs
	}
	if found := c.file.duplicates(body, ""); found != nil {
		return step, found
	}
	values, err := document.Members(body)
	if err != nil { // the library's message may repeat values
		report(body, "", "an alias or a merge key (<<) cannot be resolved", "")
		return step, configErrs
	}
	for key := range document.Pairs(body) {
		if known := []string{keyProfile, settingSet}; key.Tag != "!!merge" && !slices.Contains(known, key.Value) {
			report(key, "", "unknown key"+leak.Name(key.Value)+schema.Suggestion(key.Value, known), "the keys of a step are profile and set")
		}
	}
	step.Profile = document.Scalar(values[keyProfile])
	if profile := values[keyProfile]; profile != nil {
		step.source = c.file.at(profile)
	}
	switch names := c.Names(); {
	case step.Profile == "":
		report(body, keyProfile, "required", "add profile: NAME")
	case !slices.Contains(names, step.Profile):
		report(values[keyProfile], keyProfile, "unknown profile"+leak.Name(step.Profile)+schema.Suggestion(step.Profile, names), "to list the profiles: usher profiles list")
	case before.has(step.Profile):
		report(values[keyProfile], keyProfile, "duplicate profile "+step.Profile, "remove one of the steps")
	}
	if list := values[settingSet]; list != nil {
		setting, _ := named(structural(), settingSet)
		found := c.checkList(section{}, setting, list)
		for _, configErr := range found {
			configErr.Route = before.Name
		}
		if configErrs = append(configErrs, found...); found == nil {
			for _, item := range list.Content {
				value, err := c.readValue(before, document.Followed(item))
				if err != nil {
					configErrs = append(configErrs, err)
				}
				step.Set = append(step.Set, value)
			}
		}
	}
	return step, configErrs
}

// readValue returns a value of a step that follows the steps of a route so far.
func (c *Config) readValue(before *Route, item *yaml.Node) (RouteValue, *Error) {
	value := RouteValue{source: c.file.at(item)}
	value.Field, value.Text, _ = strings.Cut(document.Scalar(item), "=")
	reference, carried := strings.CutPrefix(value.Text, "@")
	if !carried {
		return value, nil
	}
	value.Text = ""
	value.From, value.Column, _ = strings.Cut(reference, ".")
	switch columns := []string{ColumnID, ColumnKey}; {
	case !slices.Contains(columns, value.Column):
		return value, before.ValueError(value, "must have the form FIELD=@PROFILE.id or FIELD=@PROFILE.key", "")
	case !before.has(value.From):
		return value, before.ValueError(value, "@"+value.From+" is not an earlier step"+schema.Suggestion(value.From, before.profiles()), "move that step before this one, or use another profile")
	}
	return value, nil
}

func (r *Route) profiles() []string {
	var names []string
	for _, step := range r.Steps {
		names = append(names, step.Profile)
	}
	return names
}

func (r *Route) has(profile string) bool { return slices.Contains(r.profiles(), profile) }

// UnknownRouteError is the error for a route that does not exist.
type UnknownRouteError struct {
	// Name is the requested name.
	Name string
	// File is the path of the profile file, and Names are its routes.
	File  string
	Names []string
}

// Error returns the problem with the most similar route. It repeats the name unless it may be a secret.
func (e *UnknownRouteError) Error() string {
	return "route" + leak.Name(e.Name) + " not found in " + e.File + schema.Suggestion(e.Name, e.Names)
}

// Steps returns the next step.
func (e *UnknownRouteError) Steps() []string {
	if len(e.Names) == 0 {
		return []string{"add the key routes to " + e.File}
	}
	return []string{"use one of " + strings.Join(e.Names, ", ")}
}

// checkName returns an error unless the name of a new profile or route is valid.
func checkName(what, name string) error {
	if name == "" || len(name) > 64 {
		return errors.New("a " + what + " name must have 1 to 64 characters")
	}
	for _, r := range name {
		if r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return errors.New("a " + what + " name must contain only lower-case letters, digits and hyphens")
		}
	}
	return nil
}
