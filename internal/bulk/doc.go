// Package bulk turns records into users, each created once.
//
// It takes rows that are valid, sends them with bounded workers at a bounded
// pace, and gives every row exactly one [Outcome]. It knows no HTTP and no
// provider: it speaks to a [provider.Client] and reads nothing of a failure but
// its class.
//
// Two rules stand above the rest. A create whose answer was lost is never sent
// again before the provider has said twice that the user is not there; where
// the provider cannot be asked, the outcome is Unknown. And nothing is sent
// before the [Journal] has made durable that it will be.
//
// A run goes in turns. Fresh rows are sent until they end, or until so many are
// in doubt that memory would grow; then those in doubt are settled together, so
// that they share their grace periods. Rows that an earlier run left in doubt
// are settled before the first other row is sent, where they come first.
package bulk
