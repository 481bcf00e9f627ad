// Package names lets people give the names of things, such as roles and
// organizations, where a provider's API takes their ids.
//
// A value that has the documented form of an id is taken as one, and costs
// nothing. Only the first value that has another form has the provider's list
// of the things read, once for each kind. What is kept of them are names and
// ids.
package names
