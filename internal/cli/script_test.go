package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// scripts is the number of scripts. It is a constant, so that a pattern that finds fewer scripts fails.
const scripts = 144

// updateScripts is the environment variable that makes TestScripts rewrite the files that a script compares with cmp.
const updateScripts = "USHER_UPDATE_SCRIPTS"

// TestScripts runs the scripts, which are the specification of the commands.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(files) != scripts {
		t.Fatalf("found %d scripts (%v), want %d", len(files), err, scripts)
	}
	testscript.Run(t, testscript.Params{
		Files:               files,
		Setup:               emptyHome,
		Cmds:                scriptCommands(),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv(updateScripts) != "",
	})
}

// emptyHome sets a new home directory for each script, and removes the variables of the environment. TRANSCRIPT is
// the path of the shell script that prints the messages of several commands.
func emptyHome(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, "home")
	env.Setenv("HOME", home)
	env.Setenv("GORACE", "atexit_sleep_ms=0") // the race detector delays each exit by a second
	transcript, err := filepath.Abs("testdata/transcript.sh")
	if err != nil {
		return err
	}
	env.Setenv("TRANSCRIPT", transcript)
	env.Values[standKey{}] = &stand{}
	return os.Mkdir(home, 0o700)
}
