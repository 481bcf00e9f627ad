// Package progress shows how far an import is: a bar with counts, pace and
// time left on a terminal, a plain line every tenth elsewhere. It writes to
// standard error.
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

// Progress counts rows as they end. It is safe for concurrent use. Every
// Progress is closed.
type Progress struct {
	total int
	began time.Time
	lines io.Writer // for plain lines; nil where there is a bar
	pool  *mpb.Progress
	bar   *mpb.Bar

	mu        sync.Mutex
	done      int
	wrong     int
	throttled time.Duration
	tenths    int
}

// New begins to show the progress of so many rows.
func New(streams *term.Streams, total int) *Progress {
	p := &Progress{total: total, began: time.Now()}
	if !streams.ErrIsTerminal() || streams.Accessible() {
		p.lines = streams.Err
		return p
	}
	width := max(40, streams.ErrWidth())
	p.pool = mpb.New(mpb.WithOutput(streams.Err), mpb.WithWidth(max(10, width-68)), mpb.WithAutoRefresh())
	p.bar = p.pool.AddBar(int64(total),
		mpb.BarRemoveOnComplete(),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return p.status() })),
	)
	return p
}

// Row counts a row that has ended, well or not.
func (p *Progress) Row(well bool) {
	p.mu.Lock()
	p.done++
	if !well {
		p.wrong++
	}
	tenths := 0
	if p.total > 0 {
		tenths = p.done * 10 / p.total
	}
	line := p.lines != nil && tenths > p.tenths && p.done < p.total
	p.tenths = tenths
	p.mu.Unlock()
	if p.bar != nil {
		p.bar.Increment()
	}
	if line {
		fmt.Fprintf(p.lines, "%d %%: %s\n", tenths*10, p.status())
	}
}

// Throttled counts time for which the provider asked to wait.
func (p *Progress) Throttled(wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.throttled += wait
}

// Close removes the bar.
func (p *Progress) Close() {
	if p.pool == nil {
		return
	}
	p.bar.Abort(true)
	p.pool.Wait()
}

// status says how far it is in one short line.
func (p *Progress) status() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := fmt.Sprintf(" %d/%d", p.done, p.total)
	if elapsed := time.Since(p.began); p.done > 0 && elapsed > 0 {
		pace := float64(p.done) / elapsed.Seconds()
		left := time.Duration(float64(p.total-p.done) / pace * float64(time.Second))
		text += fmt.Sprintf("  %s/s  %s left", short(pace), Span(left))
	}
	if p.wrong > 0 {
		text += fmt.Sprintf("  %d wrong", p.wrong)
	}
	if p.throttled > 0 {
		text += "  throttled " + Span(p.throttled)
	}
	return text
}

func short(pace float64) string {
	if pace < 10 {
		return fmt.Sprintf("%.1f", pace)
	}
	return fmt.Sprintf("%.0f", pace)
}

// Span gives a time span as people say it: 4s, 3m20s, 2h05m.
func Span(d time.Duration) string {
	switch {
	case d < time.Second:
		return "1s"
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	default:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
}
