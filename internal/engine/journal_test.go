package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/bring-aboard/usher/internal/rowstate"
)

const sentState rowstate.State = "sent"

// memory is a journal with the ledger's rules.
type memory struct {
	delay    time.Duration // of what is durable
	failAt   int           // the operation from which on all fail; 0 for none
	onFailed func()
	isLost   func(key string) bool // whether this run lost an answer about the key
	isMade   func(key string) bool // whether this run made the key

	mu         sync.Mutex
	states     map[int]rowstate.State
	keys       map[string]int
	operations int
	failed     bool
	violations []string
}

var errDiskFull = errors.New("the disk is full")

func newMemory() *memory { return &memory{states: map[int]rowstate.State{}, keys: map[string]int{}} }

func (m *memory) Intend(ctx context.Context, item Item) error {
	return m.operate(ctx, item, true, func(state rowstate.State) rowstate.State {
		if state == rowstate.Created || state == rowstate.Existing {
			m.violations = append(m.violations, fmt.Sprintf("intends row %d, which is %s", item.Row, state))
		}
		return sentState
	})
}

func (m *memory) Withdraw(ctx context.Context, item Item) error {
	return m.operate(ctx, item, true, func(state rowstate.State) rowstate.State {
		if state != sentState || m.isLost(item.Key) {
			m.violations = append(m.violations, fmt.Sprintf("withdraws row %d, which is %q", item.Row, state))
		}
		return ""
	})
}

func (m *memory) Record(ctx context.Context, outcome Result) error {
	return m.operate(ctx, outcome.Item, false, func(state rowstate.State) rowstate.State {
		if (state == rowstate.Created || state == rowstate.Existing) && state != outcome.State {
			m.violations = append(m.violations, fmt.Sprintf("records row %d, which is %s, as %s", outcome.Row, state, outcome.State))
		}
		if outcome.State == rowstate.Failed && m.isMade(outcome.Key) {
			m.violations = append(m.violations, fmt.Sprintf("records row %d, which was made, as failed", outcome.Row))
		}
		return outcome.State
	})
}

func (m *memory) operate(ctx context.Context, item Item, durable bool, change func(rowstate.State) rowstate.State) error {
	if durable && m.delay > 0 {
		if err := sleep(ctx, m.delay); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		m.violations = append(m.violations, fmt.Sprintf("row %d: %v", item.Row, err))
	}
	m.operations++
	if m.failAt > 0 && m.operations >= m.failAt {
		if !m.failed && m.onFailed != nil {
			m.onFailed()
		}
		m.failed = true
		return errDiskFull
	}
	m.keys[item.Key] = item.Row
	m.states[item.Row] = change(m.states[item.Row])
	return nil
}

func (m *memory) stateOf(row int) rowstate.State {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.states[row]
}

func (m *memory) stateOfKey(key string) rowstate.State {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.states[m.keys[key]]
}
