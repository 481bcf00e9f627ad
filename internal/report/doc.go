// Package report writes the result of each row of a run to files: results, JUnit XML and GitHub annotations.
//
// Every file is written under a temporary name in its directory and renamed at the end. Only its owner can read it. It
// is never an input of the command.
package report
