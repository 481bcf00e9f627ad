// Package report writes what became of each row of an import: as a results
// file for people and programs, as JUnit XML for CI servers, and as
// annotations for GitHub Actions.
//
// Every file is written beside its name and renamed at the end, is readable by
// its owner alone, and is never one of the import's inputs.
package report
