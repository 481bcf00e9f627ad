// Package xlsx reads the cells of Office Open XML workbooks one row after the
// other, as a spreadsheet program shows them, and writes workbooks of text
// cells in the same way.
//
// It reads archives that strangers made: parts are never held whole, but for
// the table of shared texts, which is bounded, and a part that grows beyond
// what spreadsheet programs write is refused. A cell that is merged over several rows
// counts for all of them. Colours, formulas and charts do not matter.
package xlsx
