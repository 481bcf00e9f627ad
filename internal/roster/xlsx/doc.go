// Package xlsx reads the cells of Office Open XML workbooks, and writes text cells.
//
// Cells are read row by row, as a spreadsheet program shows them.
//
// It reads untrusted archives: parts are not loaded completely, except for the table of shared texts, which is
// limited, and a part that exceeds the limits of spreadsheet programs is an error. A cell that is merged over
// several rows counts for all of them. Colours, formulas and charts are ignored.
package xlsx
