package term

import (
	"context"
	"io"
)

// Input returns standard input for a command that reads data from it. A Read returns ctx.Err() as soon as the context
// ends, even if nothing arrives, as from a pipe that stays open. The pending read is then left waiting, so nothing else
// may read standard input afterwards.
func (s *Streams) Input(ctx context.Context) io.Reader {
	return &input{ctx: ctx, in: s.In}
}

type input struct {
	ctx context.Context
	in  io.Reader
}

type chunk struct {
	bytes []byte
	err   error
}

// Read implements [io.Reader].
func (i *input) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	arrived := make(chan chunk, 1)
	own := make([]byte, len(p)) // the caller may use p again while a read is left waiting
	go func() {
		n, err := i.in.Read(own)
		arrived <- chunk{own[:n], err}
	}()
	select {
	case c := <-arrived:
		return copy(p, c.bytes), c.err
	case <-i.ctx.Done():
		return 0, i.ctx.Err()
	}
}
