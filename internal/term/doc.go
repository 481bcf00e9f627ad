// Package term provides the three streams of the program with their properties: whether each is a terminal, how wide it
// is, whether it shows colour.
//
// One rule decides where every byte goes: prompts go to the terminal, results to standard output, everything else to
// standard error. So standard output contains only data, and a pipe never receives a question.
//
// The rest of the program receives a [Streams]; no other package uses os.Stdin, os.Stdout or os.Stderr. [System]
// returns the real one and [Test] one for tests, which records what was written and can pretend to be a terminal.
//
// Text that comes from outside (a provider, a roster, a ledger) passes through [Sanitize] or [SanitizeLine] before it
// reaches a terminal. Secrets are read without echo and are never written.
package term
