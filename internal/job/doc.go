// Package job carries out one operation on many users: it reads the roster, plans,
// confirms, runs and reports. The steps are those of [Job]; an operation is [Create],
// [Update], [Remove] or [Undo].
package job
