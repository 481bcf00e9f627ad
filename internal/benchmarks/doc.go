// Package benchmarks measures the whole path of an import beside programs that
// do nothing but send: a bare net/http loop, a bare resty loop and curl. The figures stand in
// docs/benchmarks.md, with the command that repeats them.
package benchmarks
