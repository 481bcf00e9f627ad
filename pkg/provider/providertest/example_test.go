package providertest_test

import (
	"context"
	"fmt"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
)

// program is a TB outside of a test. Its cleanups are done by end.
type program struct{ cleanups []func() }

func (p *program) Context() context.Context      { return context.Background() }
func (p *program) Cleanup(f func())              { p.cleanups = append(p.cleanups, f) }
func (p *program) Helper()                       {}
func (p *program) Error(args ...any)             { fmt.Println(args...) }
func (p *program) Fatal(args ...any)             { panic(fmt.Sprint(args...)) }
func (p *program) Fatalf(form string, as ...any) { panic(fmt.Sprintf(form, as...)) }

func (p *program) end() {
	for _, cleanup := range p.cleanups {
		cleanup()
	}
}

// An adapter's own test calls Run with the adapter, a client and a server. Outside of a test, for example in a tool that
// checks adapters, each check is run with a TB of the tool.
func ExampleChecks() {
	acme := newAcme() // an adapter, its client on net/http, and a server that implements its API
	subject := providertest.Subject{
		Adapter: acme.adapter,
		Connect: func(_ providertest.TB, baseURL string) provider.Client { return acme.connect(baseURL) },
		Serve:   acme.serve,
	}
	passed := 0
	for _, check := range providertest.Checks() {
		t := &program{}
		if err := check.Run(t, subject); err != nil {
			fmt.Printf("%s: %v\n", check.Name, err)
			continue
		}
		t.end()
		passed++
	}
	fmt.Println("passed all checks:", passed == len(providertest.Checks()))
	// Output:
	// passed all checks: true
}
