// Package ods reads the cells of OpenDocument spreadsheets, and writes text cells.
//
// Cells are read row by row, as a spreadsheet program shows them.
//
// Untrusted archives are read within the limits of package xlsx. A row or a cell that the file repeats is repeated
// within limits; empty ones at the end are not.
package ods
