package cli

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/bring-aboard/usher/internal/app"
)

// The commands and flags of the tables exist, and the help of these commands does not show the flags.
func TestMeaninglessFlagsExist(t *testing.T) {
	t.Parallel()
	global := pflag.NewFlagSet("", pflag.ContinueOnError)
	addGlobal(global, &app.Global{})
	for _, m := range append(meaninglessFlags(), meaningless{flag: "output", commands: silentCommands()}) {
		if global.Lookup(m.flag) == nil {
			t.Errorf("--%s is not a flag of every command", m.flag)
		}
		for _, path := range m.commands {
			root := NewReference().Root
			cmd, rest, err := root.Find(strings.Fields(path))
			if err != nil || len(rest) > 0 || cmd == root {
				t.Errorf("%q is not a command: %v", path, err)
				continue
			}
			if shown := globalFlags(cmd).Lookup(m.flag) != nil; shown != (m.flag == "output") {
				t.Errorf("the help of %q, --%s: %v", path, m.flag, shown)
			}
		}
	}
}
