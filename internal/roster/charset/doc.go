// Package charset detects the encoding of a text file, and reads and writes it.
//
// It reads text as UTF-8, and writes text in the same encoding again. The text is checked: a byte that the
// encoding does not have, and a NUL, end the reading with their line and column.
package charset
