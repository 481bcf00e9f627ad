package users

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/provider"
)

// importPlan is what an import is going to do.
type importPlan struct {
	rows, faulty int
	counts       ledger.PlanCounts
	asked        intake.Asked
	rate         float64
}

// toSend is how many rows may be sent. Faulty rows count as new in the plan's
// counts, because nothing is known of their people.
func (p importPlan) toSend() int { return p.counts.New - p.faulty }

// plan compares the roster with the ledger, and with the provider where it can
// be asked.
func (o *importOptions) plan(ctx context.Context, i *intake.Import, connection *app.Connection, reading *intake.Reading, options bulk.Options) (importPlan, error) {
	p := importPlan{rows: reading.Rows, faulty: reading.Faulty, asked: intake.NotAsked, rate: options.Rate}
	var err error
	if p.counts, err = i.Plan.Resolve(ctx); err != nil {
		return p, app.Refuse(err)
	}
	if !o.asks() || p.toSend() == 0 {
		return p, nil
	}
	if p.asked, err = i.AskProvider(ctx, connection.Client, p.toSend(), options); err != nil {
		failure := kit.ProviderFailure(o.selection, fmt.Errorf("whether the users exist cannot be told, and nothing was sent: %w", err))
		if provider.ClassOf(err) != provider.Denied {
			return p, app.Fail(app.StatusOf(failure), failure, "to import all the same, add --no-check: the ledger still keeps you from creating anybody twice")
		}
		return p, failure
	}
	p.counts, err = i.Plan.Resolve(ctx)
	return p, err
}

// sayRead says what was read, and what may be wrong with it.
func (o *importOptions) sayRead(people *roster.Roster, reading *intake.Reading) {
	err := o.app.Streams.Err
	fmt.Fprintf(err, "Read %s from %s\n", count(reading.Rows, "row"), people.Description())
	summary := people.Summary()
	if summary.Trimmed > 0 {
		fmt.Fprintf(err, "  %s had white space or invisible characters around them, which were removed\n", count(summary.Trimmed, "value"))
	}
	if summary.Blank > 0 {
		fmt.Fprintf(err, "  %s passed over\n", count(summary.Blank, "empty line"))
	}
	for _, warning := range summary.Warnings {
		fmt.Fprintf(err, "  %s %s\n", o.app.Streams.ErrStyle().Yellow("warning:"), warning)
	}
}

// refuseRoster reports every fault: grouped for people, each one for programs.
func (o *importOptions) refuseRoster(ctx context.Context, i *intake.Import, reading *intake.Reading) error {
	next := []string{"mend the rows and run the same command again, or add --skip-invalid to send the others"}
	if o.app.Global.Output != "" || o.app.Global.JQ != "" {
		if err := o.printFaults(ctx, i); err != nil {
			return err
		}
	} else {
		next = append(next, "every fault, for a program: add -o json")
	}
	return app.Refuse(errors.New(faultText(reading)), next...)
}

func faultText(reading *intake.Reading) string {
	total := 0
	var groups []string
	for _, group := range reading.Groups {
		total += group.Faults
		text := fmt.Sprintf("%s, %s: %d", group.Field, group.Cause, group.Faults)
		if group.Field == "" {
			text = fmt.Sprintf("%s: %d", group.Cause, group.Faults)
		}
		for _, fault := range group.First {
			text += "\n    " + fault.Error()
		}
		if more := group.Faults - len(group.First); more > 0 {
			text += fmt.Sprintf("\n    and %d more", more)
		}
		groups = append(groups, "  "+text)
	}
	return fmt.Sprintf("%s in %d of %s; nothing was sent\n%s", count(total, "fault"), reading.Faulty, count(reading.Rows, "row"), strings.Join(groups, "\n"))
}

// faultDoc is one fault, for programs.
type faultDoc struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Cell    string `json:"cell,omitempty"`
	Header  string `json:"header"`
	Field   string `json:"field"`
	Cause   string `json:"cause"`
	Value   string `json:"value"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

func (o *importOptions) printFaults(ctx context.Context, i *intake.Import) (err error) {
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	out := printer.List(ctx, []render.Column{{Name: "line"}, {Name: "column"}, {Name: "field"}, {Name: "cause"}, {Name: "message"}, {Name: "hint"}})
	defer func() { err = errors.Join(err, out.Close()) }()
	for fault, err := range i.Faults(ctx) {
		if err != nil {
			return err
		}
		doc := faultDoc{
			File: fault.File, Line: fault.Line, Column: fault.Column, Cell: fault.Cell(), Header: fault.Header,
			Field: fault.Field, Cause: string(fault.Cause), Value: fault.Value, Message: fault.Message, Hint: fault.Hint,
		}
		row := []string{strconv.Itoa(doc.Line), strconv.Itoa(doc.Column), doc.Field, doc.Cause, doc.Message, doc.Hint}
		if err := out.Add(row, doc, strconv.Itoa(doc.Line)); err != nil {
			return err
		}
	}
	return nil
}

// sayPlan shows the target first, then what is going to happen.
func (o *importOptions) sayPlan(p importPlan) {
	style := o.app.Streams.ErrStyle()
	err := o.app.Streams.Err
	fmt.Fprintf(err, "\n%s %s\n", style.Bold("Import into "+o.selection.Profile.Name+":"), o.selection.Target)
	line := func(number int, text string) { fmt.Fprintf(err, "  %9s  %s\n", grouped(number), text) }
	line(p.toSend(), "to create")
	if p.counts.Existing > 0 || p.asked != intake.NotAsked {
		how := "by the ledger"
		if p.asked != intake.NotAsked {
			how += " and " + string(p.asked)
		}
		line(p.counts.Existing, "exist already, "+how)
	}
	if p.counts.InDoubt > 0 {
		line(p.counts.InDoubt, o.doubtText())
	}
	if p.faulty > 0 {
		line(p.faulty, "have faults and are skipped")
	}
	if p.asked == intake.NotAsked && p.toSend() > 0 {
		fmt.Fprintf(err, "  The provider was not asked who exists already%s.\n", o.whyNotAsked())
	}
	if p.rate > 0 {
		fmt.Fprintf(err, "  It takes about %s at %s/s.\n", progress.Span(time.Duration(float64(p.toSend())/p.rate*float64(time.Second))), strconv.FormatFloat(p.rate, 'g', 4, 64))
	}
	fmt.Fprintln(err)
}

func (o *importOptions) doubtText() string {
	if o.resendUnknown {
		return "left in doubt by an earlier run: sent again, as --resend-unknown asks"
	}
	if _, ok := o.selection.Adapter.Operation(provider.PowerFind); ok {
		return "left in doubt by an earlier run: settled first"
	}
	return "left in doubt by an earlier run: they stay unknown, see usher runs settle"
}

func (o *importOptions) whyNotAsked() string {
	if o.noCheck {
		return ", as --no-check says"
	}
	return ": " + o.selection.Adapter.Vendor + " documents no way to"
}

// planDoc is usher.plan/v1.
type planDoc struct {
	Schema   string     `json:"schema"`
	Profile  string     `json:"profile"`
	Provider string     `json:"provider"`
	Target   string     `json:"target"`
	Source   sourceDoc  `json:"source"`
	Counts   planCounts `json:"counts"`
	Asked    string     `json:"asked"`
}

type planCounts struct {
	Rows     int `json:"rows"`
	Create   int `json:"create"`
	Existing int `json:"existing"`
	InDoubt  int `json:"in_doubt"`
	Invalid  int `json:"invalid"`
}

func (o *importOptions) printPlan(ctx context.Context, i *intake.Import, p importPlan) error {
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	doc := planDoc{
		Schema: "usher.plan/v1", Profile: o.selection.Profile.Name, Provider: o.selection.Adapter.Name, Target: o.selection.Target,
		Source: sourceOf(i.Roster.Description()), Asked: string(p.asked),
		Counts: planCounts{p.rows, p.toSend(), p.counts.Existing, p.counts.InDoubt, p.faulty},
	}
	fmt.Fprintln(o.app.Streams.Err, "Dry run: nothing was sent.")
	rows := [][2]string{
		{"rows", strconv.Itoa(doc.Counts.Rows)}, {"create", strconv.Itoa(doc.Counts.Create)}, {"existing", strconv.Itoa(doc.Counts.Existing)},
		{"in doubt", strconv.Itoa(doc.Counts.InDoubt)}, {"invalid", strconv.Itoa(doc.Counts.Invalid)},
	}
	return printer.Object(ctx, doc, rows, "")
}

// gates refuses what the profile does not allow.
func (o *importOptions) gates(p importPlan) error {
	most, ok := o.selection.Profile.Int("max-rows")
	if ok && p.toSend() > most {
		return app.Refuse(fmt.Errorf("profile %s allows %d rows an import, and this one would create %d", o.selection.Profile.Name, most, p.toSend()),
			"split the roster, or raise max-rows in the profile")
	}
	return nil
}

// consent asks before anything is sent.
func (o *importOptions) consent(ctx context.Context, p importPlan) error {
	name := o.selection.Profile.Name
	byName, _ := o.selection.Profile.Text("confirm")
	streams := o.app.Streams
	question := fmt.Sprintf("Create %s in %s?", count(p.toSend(), "user"), name)
	switch {
	case byName == "name" && o.confirm == name:
		return nil
	case byName == "name" && o.confirm != "":
		return app.Refuse(fmt.Errorf("--confirm %q is not the name of profile %s", o.confirm, name))
	case byName == "name" && !streams.CanPrompt():
		return app.Refuse(fmt.Errorf("profile %s asks for its name before an import", name), o.again("--confirm "+name))
	case byName == "name":
		typed, err := streams.Ask(ctx, question+" Type the profile's name to agree: ")
		if err != nil {
			return kit.Unasked(err)
		}
		if typed != name {
			return app.Refuse(errors.New("that is not the profile's name: nothing was sent"))
		}
		return nil
	case o.yes:
		return nil
	case !streams.CanPrompt():
		return app.Refuse(errors.New("an import needs consent, and nobody can be asked here: nothing was sent"), o.again("--yes"))
	}
	agreed, err := streams.Confirm(ctx, question)
	if err != nil {
		return kit.Unasked(err)
	}
	if !agreed {
		return app.Refuse(errors.New("nothing was sent"))
	}
	return nil
}
