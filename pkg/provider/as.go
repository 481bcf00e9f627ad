package provider

import "fmt"

// Limited is a client that depends on what its provider documents: it has the methods of several interfaces, and not all
// of them are supported.
type Limited interface {
	// As sets the interface that target points to, such as a *[Deleter], to the client, and reports whether it is
	// supported. If it is not, target has no meaning.
	As(target any) bool
}

// As returns the client with the interface T, such as [Deleter]; ok is false if the client does not support it.
func As[T any](client any) (as T, ok bool) {
	limited, is := client.(Limited)
	if !is {
		as, ok = client.(T)
		return as, ok
	}
	if !limited.As(&as) {
		var none T
		return none, false
	}
	return as, true
}

// Must returns the client with the interface T, which its provider documents. It panics if the client does not support it.
func Must[T any](client any) T {
	as, ok := As[T](client)
	if !ok {
		panic(fmt.Sprintf("%T does not support %T", client, &as))
	}
	return as
}
