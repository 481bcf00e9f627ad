// Package termtest runs a program on a pseudo-terminal, as a person sees it,
// for tests. The terminal answers no query of the program's.
package termtest
