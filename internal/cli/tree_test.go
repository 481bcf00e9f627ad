package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/providers"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// tree returns every visible command, with its inherited flags.
func tree(t *testing.T, root *cobra.Command) []*cobra.Command {
	t.Helper()
	list := []*cobra.Command{root}
	for i := 0; i < len(list); i++ {
		list[i].InitDefaultHelpFlag()
		for _, child := range list[i].Commands() {
			if child.IsAvailableCommand() {
				list = append(list, child)
			}
		}
	}
	if len(list) < 30 {
		t.Fatalf("found %d commands, fewer than there must be", len(list))
	}
	return list
}

// ofCobra reports whether cobra defines the command and its texts.
func ofCobra(cmd *cobra.Command) bool {
	return strings.HasPrefix(cmd.CommandPath()+" ", "usher completion ")
}

func TestEveryCommandIsDescribed(t *testing.T) {
	for _, cmd := range tree(t, NewReference().Root) {
		path := cmd.CommandPath()
		if !isPhrase(cmd.Short) || !unicode.IsUpper(rune(cmd.Short[0])) {
			t.Errorf("%s: Short %q is no phrase with a capital and without a full stop", path, cmd.Short)
		}
		if len(cmd.Short) > 70 {
			t.Errorf("%s: Short %q is longer than a line of a list", path, cmd.Short)
		}
		if ofCobra(cmd) {
			continue
		}
		for line := range strings.Lines(cmd.Long) {
			if len(strings.TrimRight(line, "\n")) > 80 {
				t.Errorf("%s: Long has a line of more than 80 columns: %q", path, line)
			}
		}
		if strings.TrimSpace(cmd.Long) != cmd.Long {
			t.Errorf("%s: Long begins or ends with white space", path)
		}
		if !cmd.HasSubCommands() && cmd.Example == "" {
			t.Errorf("%s has no Example", path)
		}
	}
}

// Every command that can be run states what it changes, in the words of usher.commands/v1, and so does every flag that
// writes a file.
func TestEveryCommandStatesItsChanges(t *testing.T) {
	writesFile := regexp.MustCompile(`\b(write|save)\b.*\bto (this( new)? file|.FILE)|\bnew file for\b`)
	for _, cmd := range tree(t, NewReference().Root) {
		if cmd.HasAvailableSubCommands() {
			continue
		}
		effects, stated := cmdutil.EffectsOf(cmd)
		if !stated {
			t.Errorf("%s does not state what it changes: add cmdutil.Changes to it", cmd.CommandPath())
		}
		known := []cmdutil.Effect{cmdutil.Users, cmdutil.Ledger, cmdutil.Configuration, cmdutil.Sandbox, cmdutil.Files}
		all := slices.Clone(effects)
		cmd.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) {
			added := cmdutil.EffectsOfFlag(flag)
			all = append(all, added...)
			if writesFile.MatchString(flag.Usage) != slices.Contains(added, cmdutil.Files) {
				t.Errorf("%s --%s: %q, and it changes %v", cmd.CommandPath(), flag.Name, flag.Usage, added)
			}
		})
		for _, effect := range all {
			if !slices.Contains(known, effect) {
				t.Errorf("%s changes %q, which is no known thing", cmd.CommandPath(), effect)
			}
		}
		// A command that asks for confirmation, or that can be tried, changes something.
		for _, name := range []string{"yes", "plan-out"} {
			if cmd.Flags().Lookup(name) != nil && len(all) == 0 {
				t.Errorf("%s has --%s and states that it changes nothing", cmd.CommandPath(), name)
			}
		}
	}
}

func TestEveryFlagIsDescribed(t *testing.T) {
	for _, reference := range docRefs() {
		for _, cmd := range tree(t, reference.Root) {
			cmd.LocalFlags().VisitAll(func(flag *pflag.Flag) {
				if !isPhrase(flag.Usage) {
					t.Errorf("%s --%s: %q is no phrase without a full stop", cmd.CommandPath(), flag.Name, flag.Usage)
				}
				if first := []rune(flag.Usage); len(first) > 1 && unicode.IsUpper(first[0]) && unicode.IsLower(first[1]) && flag.Annotations[fields.Annotation] == nil {
					t.Errorf("%s --%s: %q begins with a capital", cmd.CommandPath(), flag.Name, flag.Usage)
				}
			})
		}
	}
}

func isPhrase(text string) bool {
	return text != "" && strings.TrimSpace(text) == text && (!strings.HasSuffix(text, ".") || strings.HasSuffix(text, "..."))
}

func TestShortFlagsHaveOneMeaning(t *testing.T) {
	meanings := map[string]string{}
	for _, reference := range docRefs() {
		for _, cmd := range tree(t, reference.Root) {
			cmd.Flags().VisitAll(func(flag *pflag.Flag) {
				if flag.Shorthand == "" {
					return
				}
				if other, ok := meanings[flag.Shorthand]; ok && other != flag.Name {
					t.Errorf("-%s means --%s in %s, and --%s elsewhere", flag.Shorthand, flag.Name, cmd.CommandPath(), other)
				}
				meanings[flag.Shorthand] = flag.Name
			})
		}
	}
	if len(meanings) < 5 {
		t.Errorf("found %d short flags, fewer than there must be", len(meanings))
	}
}

// A provider's field must not have the name of a command's own flag: it could only be set with --field.
func TestFieldsHaveTheirFlags(t *testing.T) {
	for _, adapter := range NewReference().Adapters() {
		cmd, _, err := ReferenceFor(adapter).Root.Find([]string{"users", "create"})
		if err != nil {
			t.Fatal(err)
		}
		checkFieldFlags(t, adapter.Name, cmd, adapter.Table, false)
		if _, ok := adapter.Endpoint(provider.CapabilityUpdate); !ok {
			continue
		}
		if cmd, _, err = ReferenceFor(adapter).Root.Find([]string{"users", "update"}); err != nil {
			t.Fatal(err)
		}
		checkFieldFlags(t, adapter.Name, cmd, adapter.Table.Mutable(), false)
		var fixed schema.Table
		for _, field := range adapter.Table {
			if _, ok := adapter.Table.Mutable().Field(field.Name); !ok {
				fixed = append(fixed, field)
			}
		}
		checkFieldFlags(t, adapter.Name, cmd, fixed, true) // they exist only for their error
	}
}

func checkFieldFlags(t *testing.T, adapter string, cmd *cobra.Command, table schema.Table, hidden bool) {
	t.Helper()
	for _, field := range table {
		flag := cmd.Flags().Lookup(strings.TrimPrefix(fields.FlagFor(field), "--"))
		if flag == nil || !slices.Equal(flag.Annotations[fields.Annotation], []string{field.Name}) || flag.Hidden != hidden {
			t.Errorf("%s: %s: the field %s has no flag of its own", adapter, cmd.CommandPath(), field.Name)
		}
	}
}

// docRefs returns the tree without a profile, and with a profile of each provider.
func docRefs() []Reference {
	plain := NewReference()
	list := []Reference{plain}
	for _, adapter := range plain.Adapters() {
		list = append(list, ReferenceFor(adapter))
	}
	return list
}

// Every flag is on a reference page: a command's own flag on the page of the command, a provider's on the page of the
// provider.
func TestEveryFlagIsDocumented(t *testing.T) {
	plain := NewReference()
	for _, cmd := range tree(t, plain.Root) {
		page := readDocument(t, "docs/commands/"+strings.ReplaceAll(cmd.CommandPath(), " ", "_")+".md")
		documented := flagsIn(page)
		cmd.Flags().VisitAll(func(flag *pflag.Flag) {
			if !documented[flag.Name] && !flag.Hidden {
				t.Errorf("%s --%s does not stand on its page", cmd.CommandPath(), flag.Name)
			}
		})
	}
	for _, adapter := range plain.Adapters() {
		documented := flagsIn(readDocument(t, "docs/providers/"+adapter.Name+".md"))
		for _, cmd := range tree(t, ReferenceFor(adapter).Root) {
			without, _, err := plain.Root.Find(strings.Fields(cmd.CommandPath())[1:])
			if err != nil {
				t.Fatal(err)
			}
			cmd.Flags().VisitAll(func(flag *pflag.Flag) {
				if without.Flags().Lookup(flag.Name) == nil && !documented[flag.Name] && !flag.Hidden {
					t.Errorf("%s: %s --%s does not stand on the provider's page", adapter.Name, cmd.CommandPath(), flag.Name)
				}
			})
		}
	}
}

// Every flag on a page exists.
func TestEveryDocumentedFlagIsReal(t *testing.T) {
	known := map[string]bool{}
	tailored, err := referenceOfProfile("acme-ory")
	if err != nil {
		t.Fatal(err)
	}
	guide, err := describedReference()
	if err != nil {
		t.Fatal(err)
	}
	for _, reference := range append(docRefs(), tailored, guide) {
		for _, cmd := range tree(t, reference.Root) {
			cmd.Flags().VisitAll(func(flag *pflag.Flag) { known[flag.Name] = true })
		}
	}
	// Flags of other programs, and placeholders.
	for _, other := range []string{"check", "data", "NAME", "clean", "ignore-missing", "install", "purge", "allow-untrusted", "bundle", "certificate-identity", "certificate-oidc-issuer", "repo", "skip", "new-bundle-format", "rm", "tmpfs"} {
		known[other] = true
	}
	for _, name := range documents(t) {
		if strings.HasPrefix(name, "docs/commands/usher_completion") {
			continue // texts of cobra, with flags of package managers
		}
		for flag := range flagsIn(readDocument(t, name)) {
			if !known[flag] {
				t.Errorf("%s names --%s, which no command has", name, flag)
			}
		}
	}
}

// flagsIn returns the names of the long flags in a text.
func flagsIn(text string) map[string]bool {
	found := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?:^|[\s\x60|(\[="'/])--([a-zA-Z][a-z0-9A-Z-]*[a-z0-9A-Z])`).FindAllStringSubmatch(text, -1) {
		found[match[1]] = true
	}
	return found
}

// documents returns the Markdown files of the repository that describe the program, as slash-separated paths below
// its root.
func documents(t *testing.T) []string {
	t.Helper()
	names := []string{"README.md", "CONTRIBUTING.md"}
	for _, pattern := range []string{"docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(repository, pattern))
		if err != nil || len(found) < 4 {
			t.Fatalf("%s finds %d files (%v), fewer than there must be", pattern, len(found), err)
		}
		for _, name := range found {
			relative, err := filepath.Rel(repository, name)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, filepath.ToSlash(relative))
		}
	}
	return names
}

const repository = "../.."

func readDocument(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A described field may have the name of any flag of any command: the flag keeps its meaning, and --field sets the field.
func TestFieldsWithTheNamesOfFlags(t *testing.T) {
	adapters := providers.All()
	adapter := adapters[slices.IndexFunc(adapters, func(a provider.Adapter) bool { return a.Name == "ejento" })] // which has a secret field
	named := map[string]bool{}
	for _, cmd := range tree(t, ReferenceFor(adapter).Root) {
		cmd.Flags().VisitAll(func(flag *pflag.Flag) {
			if _, isField := flag.Annotations[fields.Annotation]; !isField && !named[flag.Name] {
				named[flag.Name] = true
				adapter.Table = append(adapter.Table, schema.Field{Name: flag.Name, Title: flag.Name, Help: "a field"})
			}
		})
	}
	if len(named) < 50 {
		t.Fatalf("found %d flags", len(named))
	}
	ReferenceFor(adapter) // which panics if a flag is defined twice
}
