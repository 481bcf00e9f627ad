// Package names resolves the names of things, such as roles and organizations, to the ids that a provider's API
// requires.
//
// A value that has the documented form of an id is used as one, without a request. The first value that has another
// form reads the provider's list of the things, once for each kind. Only names and ids are stored of them.
package names
