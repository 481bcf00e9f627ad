// Package join carries values from one file into the records of a roster: an
// id that one provider gave, from the results of that import, into a field of
// the next provider's.
//
// A file is joined by one field of the records. Its own column for that is
// called like the field, or "key", as in a results file. Memory does not grow
// with the file: it is kept by key in the scratch file of the command.
package join
