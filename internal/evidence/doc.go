// Package evidence implements the rules for what is known of a user.
//
// A create is not idempotent: only evidence allows a second request, and only proof makes a user absent. The functions
// of this package are pure. Adapters report the facts (see package provider), the engine collects them, and these rules
// decide. docs/reliability.md documents the conditions under which they hold.
package evidence
