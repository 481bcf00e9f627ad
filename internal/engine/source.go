package engine

import (
	"iter"

	"github.com/bring-aboard/usher/internal/evidence"
)

// source contains the items of a run.
type source struct {
	pull  func() (Item, error, bool)
	close func()

	begun bool // an item without doubt was received
	held  bool // last is still to be returned
	last  Item
	ended bool
	err   error // with which the items ended
}

func newSource(items iter.Seq2[Item, error]) *source {
	pull, stop := iter.Pull2(items)
	return &source{pull: pull, close: stop}
}

// take returns the next item.
func (s *source) take() (Item, bool) {
	if s.held {
		s.held = false
		return s.last, true
	}
	if s.ended {
		return Item{}, false
	}
	item, err, ok := s.pull()
	if !ok || err != nil {
		s.ended, s.err = true, err
		return Item{}, false
	}
	return item, true
}

// putBack makes take return the item once more.
func (s *source) putBack(item Item) { s.held, s.last = true, item }

// next returns the next row to send, and sets those in doubt aside. It ends when the rows or the run end, when
// rows in doubt at the beginning must be looked up, and when there are too many in doubt.
func (r *run) next(s *source) (Item, bool) {
	for r.sending.Err() == nil && !r.pending.isFull() {
		item, ok := s.take()
		switch {
		case !ok:
			return item, false
		case item.Doubt != evidence.NoDoubt:
			r.handle(item)
		case !s.begun && r.op.Confirm != nil && r.pending.hasUnlooked():
			s.putBack(item)
			return item, false
		default:
			s.begun = true
			return item, true
		}
	}
	return Item{}, false
}
