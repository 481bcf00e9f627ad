// Package evidence implements the rules that say what is known of a user.
//
// A create cannot be repeated safely: nothing but evidence allows a second
// request, and nothing but proof makes a user absent. The functions of this
// package are pure. Adapters state the facts (see package provider), the engine
// collects them, and these rules decide. docs/reliability.md states the conditions
// under which they hold.
package evidence
