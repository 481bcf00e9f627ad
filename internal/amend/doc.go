// Package amend compares a roster with the users that the provider has, and
// changes those that differ, or removes them. An [Undo] removes those whom a run
// created.
//
// A roster that is compared says what it says and no more: a field that it does
// not give is neither compared nor changed, and only the natural key is
// required. What must be remembered of the provider's answers stays on the
// disk, so that memory grows neither with the roster nor with the provider's
// list.
//
// Before the first change of a user leaves, what the user was like is durable
// in a roster of its own, a [BeforeFile]: imported as it is, it takes the change
// back.
package amend
