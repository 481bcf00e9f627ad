// Package term holds the three streams of the program, and what is known of
// each: whether it is a terminal, how wide it is, whether it takes colour.
//
// One rule decides where every byte goes: prompts go to the terminal, results
// to standard output, everything else to standard error. So standard output
// carries data and nothing else, and a pipe never receives a question.
//
// [Streams] is the value that the rest of the program is handed; no other
// package touches os.Stdin, os.Stdout or os.Stderr. [System] makes the real
// one and [Test] its twin for tests, which records what was written and
// pretends to be a terminal where it is told to.
//
// Text that comes from outside (a provider, a roster, a ledger) passes through
// [Sanitize] or [SanitizeLine] before it reaches a terminal. Secrets are read
// without echo and are never written.
package term
