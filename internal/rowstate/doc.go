// Package rowstate defines the language of results: the states of rows, the commands
// whose rows have them, and the counts of both.
//
// There is one table of each, [State] and [Command]. What a state means for a run, how
// it counts, and what is shown of it follows from the tables; nothing else lists them.
package rowstate
