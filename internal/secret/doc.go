// Package secret keeps tokens and keys out of files, arguments, logs and errors.
//
// A profile contains a [Reference] to each secret: an environment variable, the path of a file, an entry of the system
// keyring, or a command that prints it. A [Resolver] fetches the secret as a [Value], which prints itself as
// "[redacted]" however it is printed; only [Value.Reveal] returns its text.
//
// No error, warning or String method of this package ever contains a secret, nor a text that was refused as a
// reference, since that text may be one.
package secret
