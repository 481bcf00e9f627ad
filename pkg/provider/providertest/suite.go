package providertest

import (
	"context"
	"slices"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// TB is what the suite needs of a test: a part of [testing.TB]. Package testing is not imported, so that a program can
// run the checks outside of tests with another TB.
type TB interface {
	Context() context.Context
	Cleanup(func())
	Helper()
	Error(args ...any)
	// Fatal and Fatalf end the goroutine.
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// Subject is an adapter with what is needed to test it.
type Subject struct {
	// Adapter is the adapter under test.
	Adapter provider.Adapter
	// Connect returns a new client of the adapter with a real transport below a base URL. Its credentials are of no
	// value and at least eight characters long.
	Connect func(t TB, baseURL string) provider.Client
	// Serve starts a server that implements the provider's API and contains no user, and returns its base URL. It ends
	// with the test.
	Serve func(t TB) (baseURL string)
	// Record returns the n-th of a series of valid records. Each contains every field of the table; no two have the
	// same natural key. Nil means [Sample].
	Record func(n int) schema.Record
}

// record returns the n-th record of the subject.
func (s Subject) record(n int) schema.Record {
	if s.Record != nil {
		return s.Record(n)
	}
	return Sample(s.Adapter.Table, n)
}

// Check is one promise of the contract.
type Check struct {
	// Name is what is promised.
	Name string
	// Run returns what breaks the promise, nil for nothing. It fails the test only if the subject cannot be tested at
	// all.
	Run func(t TB, subject Subject) error
}

// checkFunc is the function of a check.
type checkFunc = func(t TB, subject Subject) error

// Checks lists the suite.
func Checks() []Check {
	return slices.Concat(
		descriptionChecks(), createChecks(), findChecks(), absenceChecks(), listChecks(), wholeListChecks(), identityChecks(), updateChecks(), batchChecks(),
		directoryChecks(), memberChecks(), apiKeyChecks(), sessionChecks(), failureChecks(), secretChecks(),
	)
}

// Run tests the subject with every check, each in a subtest of its name. T is [*testing.T].
func Run[T interface {
	TB
	Run(name string, test func(T)) bool
}](t T, subject Subject) {
	t.Helper()
	for _, check := range Checks() {
		t.Run(check.Name, func(t T) {
			if err := check.Run(t, subject); err != nil {
				t.Error(err)
			}
		})
	}
}
