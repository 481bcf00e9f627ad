// Package rowstate defines the states of rows, the commands that produce them, and their counts.
//
// There is one table of each, [State] and [Command]. What a state means for a run, how it counts, and how it is
// shown follows from the tables.
package rowstate
