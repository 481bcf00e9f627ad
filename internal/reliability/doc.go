// Package reliability holds the suites that prove the three promises on the
// whole program: every person accounted for, never a second account, and
// nothing lost when it is killed. It has no code of its own.
//
// The program runs as a process against the sandbox in the test's process,
// which lets one key be created twice, so that a second account cannot hide.
// A witness in front of the sandbox notes which creates got no proper answer.
//
// The suites grow with the list of adapters. They run in a short form with all
// other tests, and print two tables of what they have measured at their end:
//
//	go test -v ./internal/reliability
//
// The long form kills the program, as it is built for people, 1,000 times, and
// damages the ledger at more places:
//
//	USHER_LONG=1 go test -v -timeout 90m ./internal/reliability
package reliability
