// Package engine performs an operation on many users, each exactly once.
//
// It accepts valid items, sends them with a limited number of workers at a limited rate, and returns exactly one
// [Result] for each. It is independent of HTTP and of providers: what is done to a user is an [Operation], and of
// a failure only the class matters.
//
// Two rules take precedence over all others. A request that may have had an effect is sent again only on the
// evidence that package evidence defines, or if the operation is repeatable; otherwise the outcome is Unknown.
// Nothing is sent before its intent is durable in the [Recorder].
//
// A run has rounds. New rows are sent until they end, or until the maximum number of rows in doubt is reached;
// then the rows in doubt are settled together, so that they share the waiting time. At the end, users whose create
// was sent more than once are looked up once more.
package engine
