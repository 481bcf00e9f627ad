package file

import "context"

// Unask implements [ledger.Plan].
func (p *Plan) Unask(ctx context.Context) error {
	for _, flush := range []func(context.Context) error{p.listed.flush, p.answers.flush, p.extras.flush} {
		if err := flush(ctx); err != nil {
			return p.wrap(err)
		}
	}
	_, err := p.conn.ExecContext(ctx, `DELETE FROM main.listed; DELETE FROM main.answers; DELETE FROM main.extras`)
	p.extras.written = 0
	return p.wrap(err)
}
