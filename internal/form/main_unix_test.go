//go:build unix

package form

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/schema"
)

// scenarioVariable makes the test binary play one of the scenarios on its
// terminal and write the outcome to standard output.
const scenarioVariable = "TEST_USHER_FORM"

// contextSignal ends the context of a scenario.
const contextSignal = syscall.SIGUSR1

func TestMain(m *testing.M) {
	name := os.Getenv(scenarioVariable)
	if name == "" {
		os.Exit(m.Run())
	}
	play, ok := scenarios()[name]
	if !ok {
		panic("no scenario " + name)
	}
	ctx, stop := signal.NotifyContext(context.Background(), contextSignal)
	defer stop()
	signal.Ignore(syscall.SIGHUP) // so that a lost terminal is seen as such
	repeatSignals()
	value, err := play(ctx, Form{Streams: term.System(os.Getenv)})
	if err := json.NewEncoder(os.Stdout).Encode(outcomeOf(value, err)); err != nil {
		panic(err)
	}
}

// repeatSignals sends each signal again until the scenario ends: the library draws a
// form before it listens for signals, and one that comes in between would be lost.
func repeatSignals() {
	received := make(chan os.Signal, 1)
	signal.Notify(received, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		for again := range received {
			time.Sleep(10 * time.Millisecond)
			_ = syscall.Kill(os.Getpid(), again.(syscall.Signal))
		}
	}()
}

// outcome is what a scenario gave.
type outcome struct {
	Value                      any
	Error                      string
	Aborted, Canceled, Refused bool
	Ended                      bool
}

func outcomeOf(value any, err error) outcome {
	return outcome{
		Value:    value,
		Error:    fmt.Sprint(err),
		Aborted:  errors.Is(err, ErrAborted),
		Canceled: errors.Is(err, context.Canceled),
		Refused:  errors.Is(err, ErrNotTerminal),
		Ended:    errors.Is(err, io.ErrUnexpectedEOF),
	}
}

// people is a table with one field of each sort.
func people() schema.Table {
	return schema.Table{
		{Name: "email", Title: "Email address", Required: true, Format: schema.Email, Help: "where the user signs in"},
		{Name: "password", Title: "Password", Required: true, Secret: true},
		{Name: "oryId", Title: "Ory identity", Format: schema.UUID, Help: "links an existing identity"},
		{Name: "roles", Title: "Roles", Kind: schema.Strings, Suggestions: []string{"member", "guest"}},
		{Name: "active", Title: "Active", Kind: schema.Boolean},
	}
}

// many is a table of so many plain fields: f1, f2 and so on.
func many(n int) schema.Table {
	var table schema.Table
	for i := range n {
		table = append(table, schema.Field{Name: fmt.Sprintf("f%d", i+1), Title: fmt.Sprintf("Field %d", i+1), Help: fmt.Sprintf("help of %d", i+1)})
	}
	return table
}

func scenarios() map[string]func(context.Context, Form) (any, error) {
	ask := func(table schema.Table, known schema.Record) func(context.Context, Form) (any, error) {
		return func(ctx context.Context, f Form) (any, error) {
			return f.Ask(ctx, "New user at acme", Questions(table, known))
		}
	}
	return map[string]func(context.Context, Form) (any, error){
		"people":   ask(people(), nil),
		"email":    ask(people()[:1], nil),
		"password": ask(people()[1:2], nil),
		"uuid":     ask(people()[2:3], nil),
		"roles":    ask(people()[3:4], nil),
		"active":   ask(people()[4:], nil),
		"pages":    ask(many(13), nil),
		"known": ask(people(), schema.Record{
			"email": "ann@example.com", "password": "canary-known", "roles": []string{"member", "guest"}, "active": true,
		}),
		"repeated": func(ctx context.Context, f Form) (any, error) {
			return f.Ask(ctx, "New user", []Question{{Name: "user", Title: "User"}, {Name: "password", Title: "Password", Secret: true, Repeated: true}})
		},
		"two secrets": ask(schema.Table{{Name: "user"}, {Name: "password", Secret: true}}, nil),
		"line break":  ask(schema.Table{{Name: "address"}}, schema.Record{"address": "Main Street 1\nSpringfield"}),
		"panic": func(ctx context.Context, f Form) (any, error) {
			return f.Ask(ctx, "Trouble", []Question{{Name: "x", Title: "Anything", Check: func(string) error { panic("the check failed badly") }}})
		},
		"select": func(ctx context.Context, f Form) (any, error) {
			return f.Select(ctx, "Profile", []string{"acme", "globex", "sandbox\x1b[31m"})
		},
		"long select": func(ctx context.Context, f Form) (any, error) {
			var options []string
			for i := range 100 {
				options = append(options, fmt.Sprintf("option %d", i+1))
			}
			return f.Select(ctx, "Profile", options)
		},
	}
}
