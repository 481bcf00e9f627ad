package fields

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/pkg/schema"
)

// table has a field of each kind.
func table() schema.Table {
	return schema.Table{
		{Name: "nickname", Help: "what friends say"},
		{Name: "email", Required: true, Help: "e-mail address"},
		{Name: "level", Kind: schema.Integer},
		{Name: "active", Kind: schema.Boolean},
		{Name: "roles", Kind: schema.Strings, Flag: "role", Suggestions: []string{"admin"}},
		{Name: "password", Secret: true},
		{Name: "pin", Secret: true},
	}
}

// parse parses a command line whose flags are those of the table.
func parse(t *testing.T, args ...string) (*cobra.Command, *Flags) {
	t.Helper()
	cmd := &cobra.Command{Use: "create"}
	flags := Add(cmd, table(), schema.Record{"nickname": "Jo"})
	if err := cmd.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	return cmd, flags
}

func TestFlagsGiveARecord(t *testing.T) {
	for line, want := range map[string]schema.Record{
		"":                                   {},
		"--email a --nickname=":              {"email": "a", "nickname": ""},
		"--email a --email a":                {"email": "a"},
		"--level 12 --active":                {"level": int64(12), "active": true},
		"--active=false":                     {"active": false},
		"--role a --role b;c":                {"roles": []string{"a", "b;c"}},
		"--role=":                            {"roles": []string{}},
		"--email -x --password-file nothing": {"email": "-x"},
	} {
		_, flags := parse(t, strings.Fields(line)...)
		if got, fieldErrs := flags.Record(); len(fieldErrs) > 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%q gives %v, %v, want %v", line, got, fieldErrs, want)
		}
	}
}

func TestFlagsReportAllFaults(t *testing.T) {
	_, flags := parse(t, "--email", "a", "--email", "b", "--level", "high", "--active=perhaps")
	_, fieldErrs := flags.Record()
	want := `--email: specified as "a" and as "b" (specify it once)
--level: level "high" is not a whole number
--active: active "perhaps" must be true or false`
	if got := fieldErrs.Error(); !strings.HasPrefix(got, want) { // a hint follows
		t.Errorf("the faults are\n%s\nwant\n%s", got, want)
	}
}

func TestHelpMarksRequiredFieldsAndNamesDefaults(t *testing.T) {
	cmd, _ := parse(t)
	cmd.Flags().SortFlags = false
	usages := cmd.Flags().FlagUsages()
	if !strings.HasPrefix(strings.TrimSpace(usages), "--email string") {
		t.Errorf("the required field is not the first:\n%s", usages)
	}
	for _, want := range []string{"e-mail address (required)", "what friends say (profile default: Jo)", "--password-stdin", "--password-file string"} {
		if !strings.Contains(usages, want) {
			t.Errorf("%q is missing:\n%s", want, usages)
		}
	}
	if cmd.Flags().Lookup("password") != nil {
		t.Error("a flag takes a secret")
	}
}

// A form with many parts leaves room for the texts, which name the parts.
func TestHelpOfALongForm(t *testing.T) {
	address := schema.Field{Name: "addresses", Kind: schema.Objects, Help: "postal address"}
	for _, part := range []string{"streetAddress", "locality", "region", "postalCode", "country"} {
		address.Parts = append(address.Parts, schema.Field{Name: part})
	}
	cmd := &cobra.Command{}
	Add(cmd, schema.Table{address}, nil)
	usages := strings.Join(strings.Fields(cmd.Flags().FlagUsagesWrapped(80)), " ")
	for _, want := range []string{"--addresses STREET-ADDRESS:... postal address", "STREET-ADDRESS, LOCALITY, REGION, POSTAL-CODE, COUNTRY"} {
		if !strings.Contains(usages, want) {
			t.Errorf("%q is missing:\n%s", want, usages)
		}
	}
	for line := range strings.SplitSeq(cmd.Flags().FlagUsagesWrapped(80), "\n") {
		if len(line) > 80 {
			t.Errorf("%d columns: %q", len(line), line)
		}
	}
}

func TestSecretsComeFromStandardInputOrFiles(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	full, empty, long := write("full", " p w \r\n"), write("empty", "\n"), write("long", strings.Repeat("x", mostSecret+1))
	missing := filepath.Join(folder, "missing")
	for name, test := range map[string]struct {
		args  []string
		stdin string
		want  schema.Record
		err   string
	}{
		"none":             {nil, "x", schema.Record{}, ""},
		"standard input":   {[]string{"--password-stdin"}, "p\n\n", schema.Record{"password": "p\n"}, ""},
		"a file":           {[]string{"--password-file", full}, "", schema.Record{"password": " p w "}, ""},
		"one each":         {[]string{"--password-file", full, "--pin-stdin"}, "1", schema.Record{"password": " p w ", "pin": "1"}, ""},
		"nothing on it":    {[]string{"--password-stdin"}, "", nil, "--password-stdin: standard input is empty"},
		"an empty file":    {[]string{"--pin-file", empty}, "", nil, "--pin-file: " + empty + " is empty"},
		"no file":          {[]string{"--pin-file", missing}, "", nil, "--pin-file: " + missing + ": no such file or directory"},
		"a folder":         {[]string{"--pin-file", folder}, "", nil, "--pin-file: " + folder + ": is a directory"},
		"too much":         {[]string{"--pin-file", long}, "", nil, "--pin-file: " + long + " is larger than 65536 bytes"},
		"both of one":      {[]string{"--pin-stdin", "--pin-file", full}, "1", nil, "--pin-stdin cannot be combined with --pin-file"},
		"two on one input": {[]string{"--pin-stdin", "--password-stdin"}, "1", nil, "--password-stdin cannot be combined with --pin-stdin: both read standard input"},
	} {
		t.Run(name, func(t *testing.T) {
			_, flags := parse(t, test.args...)
			got, err := flags.Secrets(strings.NewReader(test.stdin))
			switch {
			case test.err != "" && (err == nil || err.Error() != test.err):
				t.Errorf("the error is %v, want %s", err, test.err)
			case test.err == "" && (err != nil || !reflect.DeepEqual(got, test.want)):
				t.Errorf("the secrets are %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

// The arguments of a record parse to the same record.
func TestArgsGiveTheRecordAgain(t *testing.T) {
	record := schema.Record{"nickname": "", "email": "it's -x", "level": int64(-3), "active": false, "roles": []string{"a", "", "b;c"}}
	var args []string
	for _, word := range Args(table(), record) {
		args = append(args, strings.ReplaceAll(strings.Trim(word, "'"), `'\''`, "'"))
	}
	_, flags := parse(t, args...)
	got, fieldErrs := flags.Record()
	record["roles"] = []string{"a", "b;c"} // an empty item cannot be distinguished from an empty list
	if len(fieldErrs) > 0 || !reflect.DeepEqual(got, record) {
		t.Errorf("%q gives %v, %v, want %v", args, got, fieldErrs, record)
	}
	if secret := Args(table(), schema.Record{"password": "canary"}); !reflect.DeepEqual(secret, []string{"--password-stdin"}) {
		t.Errorf("a secret becomes %q", secret)
	}
}

// Single items belong to lists that an update changes and a response contains; an object to remove may lack parts.
func TestItemLists(t *testing.T) {
	pairs := schema.Field{Name: "pairs", Kind: schema.Objects, Flag: "pair", Required: true, Parts: []schema.Field{{Name: "a", Required: true}, {Name: "b", Required: true}}}
	lists := ItemLists(append(table(), pairs,
		schema.Field{Name: "fixed", Kind: schema.Strings, Immutable: true}, schema.Field{Name: "unseen", Kind: schema.Strings, WriteOnly: true}))
	if got := lists.Names(); !reflect.DeepEqual(got, []string{"roles", "pairs"}) {
		t.Fatalf("the lists are %q", got)
	}
	adding, removing := Adding(lists[1]), Removing(lists[1])
	if adding.FlagName() != "add-pair" || removing.FlagName() != "remove-pair" || adding.Required || removing.Required {
		t.Errorf("the flags are %+v, %+v", adding, removing)
	}
	if _, fieldErr := adding.ParseItems([]string{"1"}); fieldErr == nil {
		t.Error("an item without a required part can be added")
	}
	if got, fieldErr := removing.ParseItems([]string{":2"}); fieldErr != nil || !reflect.DeepEqual(got, []schema.Record{{"b": "2"}}) {
		t.Errorf("the item to remove is %v, %v", got, fieldErr)
	}
	if !pairs.Parts[0].Required {
		t.Error("the table was changed")
	}
}
