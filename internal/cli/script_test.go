package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// scripts is how many scripts there are, typed by hand: a pattern that finds
// fewer of them must not pass.
const scripts = 110

// updateScripts is the environment variable that, if it is set, has TestScripts
// rewrite the files that a script compares with cmp.
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

// emptyHome gives each script a home of its own, and none of the variables of
// whoever runs the tests. TRANSCRIPT names the shell script that prints the
// messages of several commands.
func emptyHome(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, "home")
	env.Setenv("HOME", home)
	env.Setenv("GORACE", "atexit_sleep_ms=0") // the detector holds up each program's end for a second
	transcript, err := filepath.Abs("testdata/transcript.sh")
	if err != nil {
		return err
	}
	env.Setenv("TRANSCRIPT", transcript)
	env.Values[standKey{}] = &stand{}
	return os.Mkdir(home, 0o700)
}
