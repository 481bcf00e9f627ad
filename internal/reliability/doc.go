// Package reliability tests the three promises on the whole program: every user is
// accounted for, no user gets a second account, and nothing is lost when it is
// killed. It contains only tests.
//
// The program runs as a process against the sandbox in the test's process,
// which lets one key be created twice, so that a second account cannot hide.
// A witness in front of the sandbox records which creates got no proper response.
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
