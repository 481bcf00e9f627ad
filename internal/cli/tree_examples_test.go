package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mattn/go-shellwords"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/internal/providers/described"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Every example of the help is a valid command line.
func TestExamplesParse(t *testing.T) {
	judged := 0
	for _, cmd := range tree(t, NewReference().Root) {
		for _, words := range usherCommands(t, cmd.CommandPath(), cmd.Example) {
			judged++
			if err := parse(words, ""); err != nil {
				t.Errorf("%s: example %q: %v", cmd.CommandPath(), strings.Join(words, " "), err)
			}
		}
	}
	if judged < 30 {
		t.Errorf("found %d examples, fewer than there must be", judged)
	}
}

// Every command in the code blocks of written pages is a valid command line.
func TestDocumentedCommandsParse(t *testing.T) {
	judged := 0
	for _, name := range documents(t) {
		if strings.HasPrefix(name, "docs/commands/") {
			continue // they repeat the help
		}
		used := ""
		for _, words := range usherCommands(t, name, codeOf(readDocument(t, name))) {
			judged++
			if len(words) > 2 && words[1] == "add" && slices.Contains(words, "--use") {
				used = words[2] // the default profile for the rest of the page
			}
			if err := parse(words, used); err != nil {
				t.Errorf("%s: %q: %v", name, strings.Join(words, " "), err)
			}
		}
	}
	if judged < 60 {
		t.Errorf("found %d commands, fewer than there must be", judged)
	}
}

// codeOf returns the commands in the code blocks of a page: all lines of ```sh, and the input in ```console.
func codeOf(text string) string {
	var code strings.Builder
	for _, block := range regexp.MustCompile("(?ms)^```(sh|console)\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		for line := range strings.Lines(strings.ReplaceAll(block[2], "\\\n", " ")) {
			if typed, ok := strings.CutPrefix(line, "$ "); ok || block[1] == "sh" {
				code.WriteString(typed)
			}
		}
	}
	return code.String()
}

// usherCommands returns the arguments of each usher command in lines of a shell. Comments and other programs are
// skipped.
func usherCommands(t *testing.T, where, text string) [][]string {
	t.Helper()
	isUsher := regexp.MustCompile(`(^|[|;&] *|\$\()([A-Z_]+=\S* )*usher `)
	substituted := regexp.MustCompile(`\$\((usher [^)]*)\)`)
	var list [][]string
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		line = strings.Replace(strings.TrimSpace(line), "go run ./cmd/usher", "usher", 1)
		if inner := substituted.FindStringSubmatch(line); inner != nil {
			line = inner[1]
		}
		if !isUsher.MatchString(line) || strings.HasPrefix(line, "#") {
			continue
		}
		commands, err := splitCommands(line)
		if err != nil {
			t.Errorf("%s: %q: %v", where, line, err)
		}
		for _, words := range commands {
			for len(words) > 0 && regexp.MustCompile(`^[A-Z_]+=`).MatchString(words[0]) {
				words = words[1:] // a variable for this command
			}
			if len(words) > 1 && words[0] == "usher" {
				list = append(list, words[1:])
			}
		}
	}
	return list
}

// splitCommands returns the commands of one line of a shell, separated by |, ; and &, without their redirections.
func splitCommands(line string) ([][]string, error) {
	var commands [][]string
	redirected := false
	for {
		parser := shellwords.NewParser()
		words, err := parser.Parse(line)
		if err != nil {
			return nil, err
		}
		if redirected {
			last := len(commands) - 1
			if len(words) > 0 {
				commands[last] = append(commands[last], words[1:]...) // the first is the file
			}
		} else {
			commands = append(commands, words)
		}
		if parser.Position < 0 || parser.Position >= len(line) {
			return commands, nil
		}
		line = strings.TrimLeft(line[parser.Position:], "0123456789") // 2> begins with a number
		redirected = line[0] == '<' || line[0] == '>'
		line = strings.TrimLeft(line, "<>|&;")
	}
}

// parse parses the arguments as the program does, with the profiles of the examples. used is the default profile, ""
// for none.
func parse(words []string, used string) error {
	early := preparse(words)
	reference, err := referenceOfProfile(cmp.Or(early.Profile, used))
	if early.Provider != "" {
		reference, err = referenceOfProfile(sandboxPrefix + early.Provider)
	}
	if err != nil {
		return err
	}
	cmd, rest, err := reference.Root.Find(words)
	if err != nil {
		return err
	}
	cmd.InitDefaultHelpFlag()
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	if help, err := cmd.Flags().GetBool("help"); err == nil && help {
		return nil
	}
	if cmd.HasAvailableSubCommands() && cmd.HasParent() {
		return errors.New("it names no command, but a group of them")
	}
	return cmd.ValidateArgs(cmd.Flags().Args())
}

// referenceOfProfile returns the tree for a profile of the examples, or for the first provider if the name is "".
func referenceOfProfile(profile string) (Reference, error) {
	name, isSandbox := strings.CutPrefix(profile, sandboxPrefix)
	if !isSandbox {
		known := map[string]string{"": "sulu", "acme": "sulu", "acme-test": "sulu", "acme-ai": "ejento", "acme-orange": "evolution", "acme-ory": "ory", "acme-scim": "scim", "crm": "crm", "pb": "pocketbase"}
		var ok bool
		if name, ok = known[profile]; !ok {
			return Reference{}, fmt.Errorf("no example has a profile %q", profile)
		}
	}
	if name == "crm" {
		return describedReference()
	}
	adapters := exampleAdapters()
	i := slices.IndexFunc(adapters, func(a provider.Adapter) bool { return a.Name == name })
	if i < 0 {
		return Reference{}, fmt.Errorf("unknown provider %q", name)
	}
	if profile == "acme-ory" {
		return tailoredReference(adapters[i])
	}
	return ReferenceFor(adapters[i]), nil
}

// exampleAdapters returns the adapters of the examples. It parses each description once.
var exampleAdapters = sync.OnceValue(func() []provider.Adapter { return NewReference().Adapters() })

// describedReference returns the tree for the provider of the guide to descriptions.
func describedReference() (Reference, error) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "guides", "describe.md"))
	if err != nil {
		return Reference{}, err
	}
	_, text, _ = bytes.Cut(text, []byte("cat > crm.yaml <<'END'\n"))
	text, _, _ = bytes.Cut(text, []byte("\nEND\n"))
	description, err := describe.Parse(text)
	if err != nil {
		return Reference{}, err
	}
	return ReferenceFor(described.Adapter(description)), nil
}

// tailoredReference returns the tree for the profile of the guide to Ory, with the identity schema of the sandbox.
func tailoredReference(ory provider.Adapter) (Reference, error) {
	settings := map[string]string{"schema-id": "customer", provider.SchemaFile: "../providers/ory/testdata/schema/customer.schema.json"}
	tailored, err := ory.ForTenant(func(name string) string { return settings[name] })
	return ReferenceFor(tailored), err
}

func TestSplitCommands(t *testing.T) {
	for line, want := range map[string]string{
		"usher version":                            `[[usher version]]`,
		"usher users template -p x > people.csv":   `[[usher users template -p x]]`,
		"A=1 usher version < token.txt":            `[[A=1 usher version]]`,
		"printf x | usher version; usher runs":     `[[printf x] [usher version] [usher runs]]`,
		`usher x --token 'exec:op read a' 2> /b c`: `[[usher x --token exec:op read a c]]`,
	} {
		got, err := splitCommands(line)
		if err != nil || fmt.Sprint(got) != want {
			t.Errorf("%s: got %v (%v), want %s", line, got, err, want)
		}
	}
}
