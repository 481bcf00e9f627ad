package job

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// RouteFlag is the flag with the name of a route.
const RouteFlag = "to"

// Route is a list of profiles through which one roster is brought: with one plan, one confirmation and one report. Each
// step is a separate job, with its own run in the ledger, its own lock and its own evidence.
type Route struct {
	name  string
	steps []routeStep
}

// routeStep is one profile of a route, with the values that it adds to the rows.
type routeStep struct {
	selection *app.Selection
	texts     map[string]string
	carried   []carriedValue
}

// carriedValue is a field whose value is that of an earlier step's user.
type carriedValue struct {
	field   schema.Field
	step    int // of the user
	profile string
	column  string // one of the constants of package config
}

// String returns the value in words.
func (v carriedValue) String() string { return "the " + v.column + " in " + v.profile }

// reference returns the value as it is written.
func (v carriedValue) reference() string { return "@" + v.profile + "." + v.column }

// LoadRoute returns a route of the configuration. It returns an error with its place for a field that a provider does not
// have, or cannot have from another system.
func LoadRoute(a *app.App, name string) (*Route, error) {
	loaded, err := a.Config()
	if err != nil {
		return nil, err
	}
	read, err := loaded.Route(name)
	if err != nil {
		return nil, failure.Refuse(err)
	}
	route := &Route{name: name}
	for _, from := range read.Steps {
		step := routeStep{texts: map[string]string{}}
		if step.selection, err = a.Select(from.Profile); err != nil {
			return nil, err
		}
		if other, ok := route.at(step.selection.Target); ok {
			return nil, failure.Refuse(read.Error(from, fmt.Sprintf("profiles %s and %s have the same target %s", other.Profile.Name, from.Profile, other.Target), "remove one of the steps"))
		}
		for _, value := range from.Set {
			if err := step.add(read, value); err != nil {
				return nil, failure.Refuse(err)
			}
		}
		route.steps = append(route.steps, step)
	}
	return route, nil
}

// at returns the step at a target.
func (t *Route) at(target string) (*app.Selection, bool) {
	for _, step := range t.steps {
		if step.selection.Target == target {
			return step.selection, true
		}
	}
	return nil, false
}

// add adds a value of the configuration to a step.
func (s *routeStep) add(route *config.Route, value config.RouteValue) error {
	adapter := s.selection.Adapter
	field, ok := adapter.Table.Match(value.Field)
	switch {
	case !ok:
		return route.ValueError(value, fmt.Sprintf("unknown field %q of %s%s", value.Field, adapter.Vendor, schema.Suggestion(value.Field, adapter.Table.Names())), "to list the fields: usher providers show "+adapter.Name)
	case field.HasSecret():
		return route.ValueError(value, field.Name+" is secret and is not read from a configuration", "add a column for it")
	case value.From == "":
		s.texts[field.Name] = value.Text
		return nil
	case field.Name == adapter.Key || field.Name == adapter.Scope:
		return route.ValueError(value, field.Name+" must be known before anything is sent", "add a column for it")
	}
	s.carried = append(s.carried, carriedValue{
		field: field, step: slices.IndexFunc(route.Steps, func(step config.RouteStep) bool { return step.Profile == value.From }),
		profile: value.From, column: value.Column,
	})
	return nil
}

// Import creates the users of a roster in every system. The error has the exit status and the next steps.
func (t *Route) Import(ctx context.Context, j *Job, create Create) error {
	return t.run(ctx, j, false, func(step routeStep) many {
		own := create
		own.Passwords = t.passwords(create.Passwords, step)
		if _, ok := step.selection.Adapter.Endpoint(provider.CapabilityBatch); !ok {
			own.Batch = 0
		}
		return &own
	})
}

// Sync creates the users of a roster in every system, and updates those who differ.
func (t *Route) Sync(ctx context.Context, j *Job, sync Sync) error {
	return t.run(ctx, j, false, func(step routeStep) many {
		own := sync
		own.Create.Passwords = t.passwords(sync.Create.Passwords, step)
		return &own
	})
}

// passwords returns how the passwords of a step are generated: not at all if its provider has no field for them and
// another one has. If several have, each writes a file with the name of its profile.
func (t *Route) passwords(p Passwords, step routeStep) Passwords {
	has := func(step routeStep) bool { return len(step.selection.Adapter.Table.Passwords()) > 0 }
	others := slices.ContainsFunc(t.steps, func(other routeStep) bool { return other.selection != step.selection && has(other) })
	switch {
	case !others:
	case !has(step):
		return Passwords{}
	case p.File != "":
		ending := filepath.Ext(p.File)
		p.File = strings.TrimSuffix(p.File, ending) + "." + step.selection.Profile.Name + ending
	}
	return p
}

// Act performs a verb on the users of a roster in every system: a verb that takes access away in the reverse order of the
// steps.
func (t *Route) Act(ctx context.Context, j *Job, verb ops.Verb) error {
	return t.run(ctx, j, verb.Command != rowstate.CommandActivate, func(routeStep) many { return &Action{Verb: verb} })
}

// run executes an operation in every step.
func (t *Route) run(ctx context.Context, j *Job, reverse bool, of func(routeStep) many) error {
	x := newRouteRun(j, t.name)
	var forms []roster.Options
	for _, step := range t.steps {
		form, err := t.form(j, step)
		if err != nil {
			return err
		}
		forms = append(forms, form)
	}
	for i, step := range t.steps {
		own := *j
		own.Selection = step.selection
		own.Roster.others, own.Roster.texts, own.Roster.carried = slices.Delete(slices.Clone(forms), i, i+1), step.texts, step.carried
		x.add(&own, of(step))
	}
	for i, step := range t.steps {
		for _, value := range step.carried {
			x.parts[i].carried = append(x.parts[i].carried, carriedPart{value, x.parts[value.step]})
		}
	}
	if reverse {
		slices.Reverse(x.parts)
	}
	return x.execute(ctx)
}

// form returns the options by which a step reads a header.
func (t *Route) form(j *Job, step routeStep) (roster.Options, error) {
	reader := NewReader(j.App, step.selection, j.Roster)
	reader.texts, reader.creates = step.texts, true
	how, err := reader.howRead()
	if err != nil {
		return roster.Options{}, err
	}
	form := roster.Options{Table: step.selection.Adapter.Table, Map: how.mapping, Values: reader.rowValues()}
	form.Set, err = reader.setFor(form)
	return form, err
}

// UndoRoute deletes the users that the runs of one execution created, and reverses the memberships that they changed, the
// last run first. The runs are in the order in which they began. The error has the exit status and the next steps.
func UndoRoute(ctx context.Context, j *Job, runs []ledger.PastRun, changed bool) error {
	x := newRouteRun(j, routeOf(runs[0]))
	for _, past := range slices.Backward(runs) {
		selection, err := j.App.Select(ProfileOf(j.App, past))
		if err != nil {
			return err
		}
		own := *j
		own.Selection = selection
		own.Command.Arguments = slices.Concat([]string{"runs", "undo", past.ID}, j.Command.Arguments[3:])
		if rowstate.CommandOf(past.Command).IsMembership() {
			x.add(&own, &undoGroups{runID: past.ID})
			continue
		}
		x.add(&own, &Undo{RunID: past.ID, Changed: changed})
	}
	return x.execute(ctx)
}

// routeOf returns the name of the route of a run.
func routeOf(run ledger.PastRun) string {
	for _, argument := range run.Arguments {
		if name, ok := strings.CutPrefix(argument, "--"+RouteFlag+"="); ok {
			return name
		}
	}
	return ""
}
