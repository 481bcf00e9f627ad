// Package ods reads the cells of OpenDocument spreadsheets one row after the other, as
// a spreadsheet program shows them, and writes spreadsheets of text cells.
//
// Archives of strangers are read within the limits of package xlsx. A row or a cell that
// the file repeats is repeated within limits; empty ones at the end cost nothing.
package ods
