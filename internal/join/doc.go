// Package join copies values from one file into the records of a roster: an id that one provider assigned, from the
// results of that import, into a field of the next provider's.
//
// A file is joined by one field of the records. Its column for that has the field's name, or "key", as in a results
// file. Memory does not grow with the file: it is stored by key in the scratch file of the command.
package join
