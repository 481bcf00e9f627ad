package reliability

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli"
)

// asProgram has the test binary be the program, with waits cut short.
const asProgram = "TEST_USHER_AS_PROGRAM"

// longForm is the variable that asks for the long form.
const longForm = "USHER_LONG"

// TestMain lets the test binary be the program.
func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(cli.Main(os.Args[1:], hurry))
	}
	os.Exit(runAll(m))
}

// hurry cuts every wait of the engine to a hundredth.
func hurry(a *app.App) {
	a.Sleep = func(ctx context.Context, d time.Duration) error {
		select {
		case <-time.After(d / 100):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// folderVariable names a directory that lasts as long as the tests.
const folderVariable = "TEST_USHER_BINARIES"

func runAll(m *testing.M) int {
	folder, err := os.MkdirTemp("", "usher-reliability")
	if err == nil {
		err = os.Setenv(folderVariable, folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	status := m.Run()
	proven.print(os.Stdout)
	printTable(os.Stdout, hostileProven.rows())
	return status
}

// proven is what the tests of this run have measured. TestMain prints it.
var proven = &scores{}

// realProgram builds the program as it is built for people, once in a run.
var realProgram = sync.OnceValues(func() (string, error) {
	path := filepath.Join(os.Getenv(folderVariable), "usher")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	return path, build(path)
})

// build builds the program as releases are built.
func build(path string, flags ...string) error {
	cmd := exec.Command("go", append(append([]string{"build", "-trimpath", "-o", path}, flags...), "../../cmd/usher")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the program: %w\n%s", err, output)
	}
	return nil
}
