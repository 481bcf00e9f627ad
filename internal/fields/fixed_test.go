package fields

import (
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/pkg/schema"
)

// A flag of a field that cannot be set is known, told of, and in no help.
func TestFixed(t *testing.T) {
	for line, want := range map[string][]string{
		"":                          nil,
		"--first-name A":            nil,
		"--email a --first-name A":  {"email"},
		"--active --password-stdin": {"active", "password"},
		"--pin-file p --role a":     {"roles", "pin"},
		"--level twelve":            {"level"},
		"--nickname=":               {"nickname"},
	} {
		cmd := &cobra.Command{Use: "update"}
		Add(cmd, schema.Table{{Name: "firstName"}}, nil)
		fixed := AddFixed(cmd, table())
		if err := cmd.ParseFlags(strings.Fields(line)); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if got := fixed.Given().Names(); len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("%q gives %v, want %v", line, got, want)
		}
		if help := cmd.Flags().FlagUsages(); strings.Contains(help, "email") || !strings.Contains(help, "first-name") {
			t.Errorf("the help is\n%s", help)
		}
	}
}

// A field that the command sets keeps its flag.
func TestFixedTakesNoFlagAway(t *testing.T) {
	cmd := &cobra.Command{Use: "update"}
	flags := Add(cmd, table(), nil)
	AddFixed(cmd, table())
	if err := cmd.ParseFlags([]string{"--email", "a"}); err != nil {
		t.Fatal(err)
	}
	if record, fieldErrs := flags.Record(); len(fieldErrs) > 0 || record.Text("email") != "a" {
		t.Errorf("got %v, %v", record, fieldErrs)
	}
}

func TestSecretArgs(t *testing.T) {
	_, flags := parse(t, "--email", "a", "--password-stdin", "--pin-file", "my pin")
	if got := strings.Join(flags.SecretArgs(), " "); got != "--password-stdin --pin-file 'my pin'" {
		t.Errorf("got %s", got)
	}
}
