package users

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/bring-aboard/usher/internal/app"
)

// confirmByName is the profile's setting that asks for its name.
const confirmByName = "name"

// gates refuses what the profile does not allow.
func (o *importOptions) gates(users int, verb string) error {
	most, ok := o.selection.Profile.Int("max-rows")
	if ok && users > most {
		return app.Refuse(fmt.Errorf("profile %s allows %ss of %s, and this one may %s %s: nothing was sent",
			o.selection.Profile.Name, o.task().noun, count(most, "row"), verb, count(users, "user")),
			"split the roster, or raise max-rows in the profile")
	}
	return nil
}

// consent asks before anything is sent, unless it concerns nobody.
func (o *importOptions) consent(ctx context.Context, users int, question string) error {
	if users == 0 {
		return nil
	}
	if setting, _ := o.selection.Profile.Text("confirm"); setting == confirmByName {
		return o.consentByName(ctx, question)
	}
	if o.yes {
		return nil
	}
	if !o.app.Streams.CanPrompt() {
		return app.Refuse(fmt.Errorf("%s needs consent, and nobody can be asked here: nothing was sent", o.task().one()), o.again("--yes"))
	}
	agreed, err := o.app.Streams.Confirm(ctx, question)
	if err != nil {
		return unanswered(err)
	}
	if !agreed {
		return app.Refuse(errors.New("not agreed: nothing was sent"))
	}
	return nil
}

// consentByName asks for the profile's name, which --yes does not give.
func (o *importOptions) consentByName(ctx context.Context, question string) error {
	name := o.selection.Profile.Name
	switch {
	case o.confirm == name:
		return nil
	case o.confirm != "":
		return app.Refuse(fmt.Errorf("--confirm %q is not the name of profile %s: nothing was sent", o.confirm, name))
	case !o.app.Streams.CanPrompt():
		return app.Refuse(fmt.Errorf("profile %s asks for its name before %s, and nobody can be asked here: nothing was sent", name, o.task().one()), o.again("--confirm "+name))
	}
	typed, err := o.app.Streams.Ask(ctx, question+" Type the profile's name to agree: ")
	if err != nil {
		return unanswered(err)
	}
	if typed != name {
		return app.Refuse(errors.New("that is not the profile's name: nothing was sent"))
	}
	return nil
}

func (o *importOptions) question(p importPlan) string {
	name := o.selection.Profile.Name
	switch again := p.mayCreate - p.Create; {
	case again == 0:
		return fmt.Sprintf("Create %s in %s?", count(p.Create, "user"), name)
	case !o.finds():
		return fmt.Sprintf("Create %s in %s, %s of them perhaps a second time?", count(p.mayCreate, "user"), name, grouped(again))
	case p.Create == 0:
		return fmt.Sprintf("Settle %s in doubt in %s?", count(again, "row"), name)
	default:
		return fmt.Sprintf("Settle %s in doubt and create %s in %s?", count(again, "row"), count(p.Create, "user"), name)
	}
}

// unanswered is the failure of a question that got no answer.
func unanswered(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return app.Fail(app.StatusInterrupted, errors.New("interrupted at the question: nothing was sent"))
	case errors.Is(err, io.EOF):
		return app.Refuse(errors.New("the input ended at the question: nothing was sent"))
	default:
		return app.Refuse(err)
	}
}
