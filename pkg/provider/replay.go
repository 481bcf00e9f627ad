package provider

import (
	"errors"
	"hash"
	"hash/fnv"
)

// Replay passes the items of a streamed response on once each, although the response may be read again from its
// beginning after it was cut off. It stores a count and a digest, however many items there are. The zero Replay is
// ready for use; it is not safe for concurrent use.
type Replay struct {
	passed int    // items that were passed on
	digest uint64 // of those items
	at     int    // items of the present response
	sum    hash.Hash64
}

// errMoved is the error of a list that differs when it is read again.
var errMoved = errors.New("the response was cut off, and the list had changed when it was read again")

// Begin starts a response at its first item.
func (r *Replay) Begin() { r.at, r.sum = 0, fnv.New64a() }

// IsNew reports whether an item was not passed on before. It returns an error if
// the items before it are not those that an earlier response began with.
func (r *Replay) IsNew(item []byte) (bool, error) {
	if r.hasMoved() {
		return false, errMoved
	}
	_, _ = r.sum.Write(item) // a hash never fails
	_, _ = r.sum.Write([]byte{0})
	r.at++
	if r.at <= r.passed {
		return false, nil
	}
	r.passed, r.digest = r.at, r.sum.Sum64()
	return true, nil
}

// End returns an error if a complete response lacks items that were passed on.
func (r *Replay) End() error {
	if r.at < r.passed || r.hasMoved() {
		return errMoved
	}
	return nil
}

// hasMoved reports whether the first items differ from those that were passed on.
func (r *Replay) hasMoved() bool {
	return r.at == r.passed && r.passed > 0 && r.sum.Sum64() != r.digest
}
