// Package engine performs an operation on many users, each exactly once.
//
// It takes items that are valid, sends them with bounded workers at a bounded
// pace, and gives each exactly one [Result]. It knows no HTTP and no provider: what
// is done to a user is an [Operation], and nothing is read of a failure but its
// class.
//
// Two rules rank above the rest. A request that may have had an effect is sent again
// only on the evidence that package evidence defines, or if the operation is
// repeatable; otherwise the outcome is Unknown. And nothing is sent before the
// [Recorder] has made durable that it will be.
//
// A run goes in rounds. Fresh rows are sent until they end, or until so many are
// in doubt that memory would grow; then those in doubt are settled together, so
// that they share their waiting time. At the end, users whose create was sent more
// than once are looked up once more.
package engine
