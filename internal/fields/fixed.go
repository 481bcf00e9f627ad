package fields

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Fixed are the hidden flags of fields that a command cannot set. They exist for a better error than an unknown flag.
type Fixed struct {
	table schema.Table
	flags *pflag.FlagSet
}

// AddFixed adds a hidden flag to the command for each field of the table.
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

// Given returns the fields whose flags were specified, in table order.
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

// The suffixes of the flags of a secret field.
const (
	stdinSuffix = "-stdin"
	fileSuffix  = "-file"
)

// flagNames returns the flags of a field on a command that sets it.
func flagNames(field schema.Field) []string {
	if field.Secret {
		return []string{field.FlagName() + stdinSuffix, field.FlagName() + fileSuffix}
	}
	return []string{field.FlagName()}
}

// anything is a [pflag.Value] that accepts any text and stores none.
type anything struct{}

func (anything) String() string { return "" }

func (anything) Type() string { return "string" }

// Set implements [pflag.Value].
func (anything) Set(string) error { return nil }
