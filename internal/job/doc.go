// Package job implements the steps of an operation on users.
//
// A [Job] reads the roster, plans, confirms, runs and reports. An operation is [Create], [Update], [Action] or
// [Undo].
package job
