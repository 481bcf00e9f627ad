// Package progress shows the progress of an import: a bar with counts, rate and time left on a terminal, a plain line
// every tenth elsewhere. It writes to standard error, and nothing if there are no rows.
package progress

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/bring-aboard/usher/internal/term"
)

// End is how a row ended.
type End int

// The ends of a row.
const (
	// Well: the user exists.
	Well End = iota
	// Failed: the user was not created.
	Failed
	// Unknown: whether the user was created is unknown.
	Unknown
)

// barWidth is the width of the bar itself. If the terminal has less room next to the counts, the bar is omitted.
const barWidth = 28

// Progress counts rows as they end. It is safe for concurrent use. Every
// Progress is closed.
type Progress struct {
	out  io.Writer
	bar  *mpb.Bar // nil if plain lines are written
	pool *mpb.Progress

	mu     sync.Mutex
	counts counts
	tenths int
}

// New returns a new Progress of so many rows, and shows it.
func New(streams *term.Streams, total int) *Progress {
	p := &Progress{out: streams.Err, counts: counts{total: total, began: time.Now()}}
	if total == 0 || !streams.ErrIsTerminal() || streams.Accessible() {
		return p
	}
	p.pool = mpb.New(mpb.WithOutput(streams.Err), mpb.WithWidth(barWidth), mpb.WithAutoRefresh())
	p.bar = p.pool.AddBar(int64(total),
		mpb.BarRemoveOnComplete(),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return p.status(time.Now()) })),
	)
	return p
}

// Row counts a row that has ended.
func (p *Progress) Row(end End) {
	if p.bar != nil {
		defer p.bar.Increment()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts.add(end)
	if tenths := p.counts.tenths(); p.bar == nil && tenths > p.tenths {
		p.tenths = tenths
		if tenths < 10 { // the summary reports the end
			fmt.Fprintf(p.out, "%d %%: %s\n", tenths*10, p.counts.text(time.Now()))
		}
	}
}

// Throttled counts time for which the provider asked to wait.
func (p *Progress) Throttled(wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts.throttle(time.Now(), wait)
}

// Settling shows for how long rows in doubt wait before they are settled.
func (p *Progress) Settling(line string, wait time.Duration) {
	p.mu.Lock()
	p.counts.settles = time.Now().Add(wait)
	p.mu.Unlock()
	p.Say(line)
}

// Say writes a line, above the bar if there is one.
func (p *Progress) Say(line string) {
	if p.pool != nil {
		p.home()
		if _, err := fmt.Fprintln(p.pool, line); err == nil {
			return
		}
	}
	fmt.Fprintln(p.out, line) // the bar is gone
}

// Close removes the bar.
func (p *Progress) Close() {
	if p.pool == nil {
		return
	}
	p.home()
	p.bar.Abort(true)
	p.pool.Wait()
}

// home moves the cursor to the beginning of its line, from where the bar is drawn: a Ctrl-C that the terminal shows as
// ^C has moved it.
func (p *Progress) home() { fmt.Fprint(p.out, "\r") }

func (p *Progress) status(now time.Time) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts.text(now)
}
