package fields

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Fixed are the flags of fields that a command cannot set. They do not stand
// in its help; they are there so that whoever gives one is told why.
type Fixed struct {
	table schema.Table
	flags *pflag.FlagSet
}

// AddFixed gives the command a hidden flag for each field of the table.
func AddFixed(cmd *cobra.Command, table schema.Table) *Fixed {
	f := &Fixed{table: table, flags: cmd.Flags()}
	for _, field := range table {
		for _, name := range flagNames(field) {
			if cmd.Flags().Lookup(name) != nil {
				continue
			}
			flag := cmd.Flags().VarPF(anything{}, name, "", field.Help)
			flag.Hidden = true
			if field.Kind == schema.Boolean || strings.HasSuffix(name, stdinSuffix) {
				flag.NoOptDefVal = "true"
			}
			mark(flag, field)
		}
	}
	return f
}

// Given lists the fields whose flags were given, in table order.
func (f *Fixed) Given() schema.Table {
	var given schema.Table
	for _, field := range f.table {
		for _, name := range flagNames(field) {
			if f.flags.Changed(name) {
				given = append(given, field)
				break
			}
		}
	}
	return given
}

// stdinSuffix and fileSuffix end the names of a secret field's flags.
const (
	stdinSuffix = "-stdin"
	fileSuffix  = "-file"
)

// flagNames lists the flags that a field has on a command that sets it.
func flagNames(field schema.Field) []string {
	if field.Secret {
		return []string{field.FlagName() + stdinSuffix, field.FlagName() + fileSuffix}
	}
	return []string{field.FlagName()}
}

// anything is the pflag.Value that takes any text and keeps none.
type anything struct{}

func (anything) String() string { return "" }

func (anything) Type() string { return "string" }

// Set is [pflag.Value].
func (anything) Set(string) error { return nil }
