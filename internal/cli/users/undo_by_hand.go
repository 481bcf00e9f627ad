package users

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/render"
)

// leftoverDoc is usher.leftover/v1: a user who is to be removed by hand.
type leftoverDoc struct {
	Schema string `json:"schema"`
	Run    string `json:"run"`
	File   string `json:"file"`
	Line   int    `json:"line"`
	ID     string `json:"id"`
}

// byHand lists the users that the run created, where the provider documents no
// delete. Nothing was undone, so it is a refusal.
func (o *undoOptions) byHand(ctx context.Context, book *ledger.Ledger, past ledger.PastRun) error {
	states, err := book.CountStates(ctx, past)
	if err != nil {
		return err
	}
	if states[ledger.Created] == 0 {
		return app.Refuse(fmt.Errorf("run %s created nobody, or nobody whom the ledger still knows: there is nothing to undo", past.ID), "usher runs rows "+past.ID)
	}
	listed, err := o.listLeftovers(ctx, book, past)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.app.Streams.Err, "Run %s created %s in %s, to be removed by hand. When they are gone:\n  usher runs forget %s\n",
		past.ID, count(listed, "user"), past.Target, past.ID)
	return kit.NotDocumented(o.selection.Adapter, "delete a user")
}

func (o *undoOptions) listLeftovers(ctx context.Context, book *ledger.Ledger, past ledger.PastRun) (listed int, err error) {
	printer, err := o.app.Printer()
	if err != nil {
		return 0, err
	}
	out := printer.List(ctx, []render.Column{{Name: "line"}, {Name: "id", Whole: true}, {Name: "file"}})
	defer func() { err = errors.Join(err, out.Close()) }()
	for row, err := range book.Rows(ctx, past, ledger.Created) {
		if err != nil {
			return listed, err
		}
		listed++
		doc := leftoverDoc{Schema: "usher.leftover/v1", Run: past.ID, File: past.Source.File, Line: row.Line, ID: row.UserID}
		if err := out.Add([]string{strconv.Itoa(doc.Line), doc.ID, doc.File}, doc, doc.ID); err != nil {
			return listed, err
		}
	}
	return listed, nil
}
