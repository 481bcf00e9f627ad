package users

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/term"
)

// removalPlan is what a removal is going to do.
type removalPlan struct {
	rows, present, gone, inactive, touched, nameless, faulty, unanswered int

	untold  bool     // of some user it cannot be told whether it was changed
	first   []string // users who are to be removed
	changed []string // users who were changed since they were made
	rate    float64
}

// mostShown is how many users of a kind are shown.
const mostShown = 5

// survey goes through the rows.
func (r *removing) survey(ctx context.Context, options bulk.Options) (removalPlan, error) {
	p := removalPlan{rate: options.Rate}
	for s, err := range r.removal.Subjects(ctx) {
		if err != nil {
			return p, err
		}
		p.add(s)
	}
	return p, nil
}

func (p *removalPlan) add(s amend.Subject) {
	p.rows++
	switch s.Standing {
	case amend.Present:
		p.present++
		p.untold = p.untold || s.Untold
		p.first = withFirst(p.first, s)
	case amend.Gone:
		p.gone++
	case amend.Inactive:
		p.inactive++
	case amend.Touched:
		p.touched++
	case amend.Nameless:
		p.nameless++
	case amend.Faulty:
		p.faulty++
	default:
		p.unanswered++
	}
	if s.Changed {
		p.changed = withFirst(p.changed, s)
	}
}

func withFirst(texts []string, s amend.Subject) []string {
	if len(texts) >= mostShown {
		return texts
	}
	text := fmt.Sprintf("line %d, %s", s.Line, s.Key)
	if s.Key == "" {
		text = fmt.Sprintf("line %d", s.Line)
	}
	return append(texts, text+" (id "+s.UserID+")")
}

// sayPlan shows the target first, then what is going to happen.
func (r *removing) sayPlan(p removalPlan) {
	err := r.app.Streams.Err
	noun := strings.ToUpper(r.task().noun[:1]) + r.task().noun[1:]
	fmt.Fprintf(err, "\n%s %s\n", r.app.Streams.ErrStyle().Bold(noun+" in "+r.selection.Profile.Name+":"), term.SanitizeLine(r.selection.Target))
	line := func(number int, text string) { fmt.Fprintf(err, "  %9s  %s\n", grouped(number), text) }
	line(p.present, "to "+r.verb())
	gone := "do not exist, and are as good as deleted"
	if r.deactivates() {
		gone = "do not exist, and count as failed"
	}
	left := "were changed since they were made, and are left out: --changed has them deleted as well"
	for _, part := range []struct {
		rows int
		text string
	}{
		{p.inactive, "are deactivated already"}, {p.gone, gone}, {p.touched, left},
		{p.nameless, "have no id in the ledger, and count as failed: delete them by the key"},
		{p.faulty, "have faults and are not sent"}, {p.unanswered, "got no answer from the provider, and count as failed"},
	} {
		if part.rows > 0 {
			line(part.rows, part.text)
		}
	}
	if r.undoes != "" {
		r.sayNames("Changed since they were made:", p.changed)
		if p.untold {
			fmt.Fprintf(err, "  %s does not tell whether a user was changed since it was made.\n", r.selection.Adapter.Vendor)
		}
	}
	r.sayNames("The first to "+r.verb()+":", p.first)
	if p.rate > 0 && p.present > 0 {
		fmt.Fprintf(err, "  It takes about %s at %s/s.\n", progress.Span(time.Duration(float64(p.present)/p.rate*float64(time.Second))), strconv.FormatFloat(p.rate, 'g', 4, 64))
	}
	fmt.Fprintln(err)
}

func (r *removing) sayNames(title string, names []string) {
	for i, name := range names {
		if i == 0 {
			fmt.Fprintln(r.app.Streams.Err, "  "+title)
		}
		fmt.Fprintf(r.app.Streams.Err, "    %s\n", term.SanitizeLine(name))
	}
}

// removalPlanDoc is usher.delete-plan/v1, usher.deactivate-plan/v1 and usher.undo-plan/v1.
type removalPlanDoc struct {
	Schema   string            `json:"schema"`
	Profile  string            `json:"profile"`
	Provider string            `json:"provider"`
	Target   string            `json:"target"`
	Source   report.Source     `json:"source"`
	Undoes   string            `json:"undoes,omitempty"`
	Counts   removalPlanCounts `json:"counts"`
}

// removalPlanCounts add up to Rows.
type removalPlanCounts struct {
	Rows      int `json:"rows"`
	Remove    int `json:"remove"`
	Absent    int `json:"absent"`
	Unchanged int `json:"unchanged"`
	Changed   int `json:"changed"`
	Invalid   int `json:"invalid"`
	Unasked   int `json:"unasked"`
}

func (r *removing) printPlan(ctx context.Context, p removalPlan) error {
	printer, err := r.app.Printer()
	if err != nil {
		return err
	}
	doc := removalPlanDoc{
		Schema: r.task().plan, Profile: r.selection.Profile.Name, Provider: r.selection.Adapter.Name, Target: r.selection.Target,
		Source: r.source, Undoes: r.undoes,
		Counts: removalPlanCounts{p.rows, p.present, p.gone, p.inactive, p.touched, p.faulty + p.nameless, p.unanswered},
	}
	fmt.Fprintln(r.app.Streams.Err, "Dry run: nothing was sent.")
	rows := [][2]string{
		{"rows", strconv.Itoa(doc.Counts.Rows)}, {r.verb(), strconv.Itoa(doc.Counts.Remove)}, {"absent", strconv.Itoa(doc.Counts.Absent)},
		{"unchanged", strconv.Itoa(doc.Counts.Unchanged)}, {"changed", strconv.Itoa(doc.Counts.Changed)},
		{"invalid", strconv.Itoa(doc.Counts.Invalid)}, {"unasked", strconv.Itoa(doc.Counts.Unasked)},
	}
	return printer.Object(ctx, doc, rows, "")
}
