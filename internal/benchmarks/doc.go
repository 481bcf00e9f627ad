// Package benchmarks measures an import against programs that only send requests.
//
// These are a bare net/http loop, a bare resty loop and curl. docs/benchmarks.md contains the results, with the
// command that repeats them.
package benchmarks
