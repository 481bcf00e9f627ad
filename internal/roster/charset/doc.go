// Package charset tells in which encoding a text file was saved, reads it as
// UTF-8, and writes text in the same dress again.
//
// What it reads is checked: a byte that the encoding does not have, and a NUL,
// end the reading with the line and column where they stand.
package charset
