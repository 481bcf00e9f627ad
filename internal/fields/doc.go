// Package fields puts a provider's table of fields on a command line: a flag
// for each field, completion of its values, the arguments that would give a
// record again, and the reference page that describes it.
package fields
