package cli

import (
	"context"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// hurried shortens the waits of a script's program to a hundredth.
func hurried(a *app.App) {
	a.Sleep = func(ctx context.Context, d time.Duration) error {
		select {
		case <-time.After(d / 100):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// TestMain makes the test binary run as usher if a script calls it by that name.
func TestMain(m *testing.M) {
	testscript.Main(suite{m}, map[string]func(){
		"usher":        func() { os.Exit(Main(os.Args[1:], hurried)) },
		"usher-panics": func() { os.Exit(Main(os.Args[1:], panicking)) },
		impatient:      func() { os.Exit(Main(os.Args[1:], func(a *app.App) { a.PlanLasts = time.Nanosecond })) },
	})
}

// impatient is the name of usher with plans that expire immediately.
const impatient = "usher-impatient"

// panicking makes the clients of the program panic with all secrets in memory.
func panicking(a *app.App) {
	for i, adapter := range a.Adapters {
		a.Adapters[i].New = func(connection provider.Connection) (provider.Client, error) {
			client, err := adapter.New(connection)
			return panickingClient{client}, err
		}
	}
}

type panickingClient struct{ provider.Client }

// Create sends the request and then panics.
func (c panickingClient) Create(ctx context.Context, record schema.Record) (provider.User, error) {
	user, err := c.Client.Create(ctx, record)
	return []provider.User{user}[len(record)], err
}

// ListRequests returns 0.
func (panickingClient) ListRequests(context.Context) (int, error) { return 1, nil }

// List panics after it has read a user.
func (c panickingClient) List(ctx context.Context, filter map[string]string) iter.Seq2[provider.User, error] {
	return func(func(provider.User, error) bool) {
		for user, err := range provider.Must[provider.Lister](c.Client).List(ctx, filter) {
			panic(fmt.Sprint(user, err))
		}
	}
}

// suite runs the tests with a directory for the binaries that they build.
type suite struct{ *testing.M }

// folderVariable is the environment variable with that directory.
const folderVariable = "TEST_USHER_BINARIES"

// Run runs the tests and removes the directory.
func (s suite) Run() int {
	folder, err := os.MkdirTemp("", "usher-test")
	if err == nil {
		err = os.Setenv(folderVariable, folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	return s.M.Run()
}

// program returns the path of the real program, which is built once: without the race detector and without the
// packages of the tests.
var program = sync.OnceValues(func() (string, error) { return build("usher", "../../cmd/usher") })

// build builds the package in a directory of the module.
func build(name, folder string) (string, error) {
	path := filepath.Join(os.Getenv(folderVariable), name)
	output, err := exec.Command("go", "build", "-o", path, "./"+folder).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", folder, err, output)
	}
	return path, nil
}
