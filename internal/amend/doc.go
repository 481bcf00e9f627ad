// Package amend compares a roster with the provider's users, and updates or removes them.
//
// An [Undo] removes the users that a run created.
//
// A roster that is compared can be partial: a field that a row does not have is neither compared nor updated, and
// only the natural key is required. The provider's answers are stored on disk, so that the use of memory does not
// grow with the roster or with the provider's list.
//
// Before the first change of a user is sent, the user's previous values are durable in a separate roster, a
// [BeforeFile]. Imported as it is, it reverts the changes.
package amend
