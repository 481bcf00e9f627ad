// Package fields implements a provider's table of fields as flags, completions, arguments and reference tables.
package fields
