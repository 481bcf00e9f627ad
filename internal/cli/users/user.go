package users

import (
	"context"
	"encoding/json"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// The statuses of a user that was read or changed; a create has those of bulk.
const (
	statusExisting  = string(bulk.Existing)
	statusUnknown   = string(bulk.Unknown)
	statusUpdated   = "updated"
	statusUnchanged = "unchanged"
)

// userDoc is usher.user/v1.
type userDoc struct {
	Schema   string          `json:"schema"`
	Profile  string          `json:"profile"`
	Provider string          `json:"provider"`
	Target   string          `json:"target"`
	Status   string          `json:"status"`
	ID       string          `json:"id"`
	Key      string          `json:"key"`
	User     json.RawMessage `json:"user"`
}

func newUserDoc(selection *app.Selection, status string, user provider.User) userDoc {
	doc := userDoc{
		Schema: "usher.user/v1", Profile: selection.Profile.Name, Provider: selection.Adapter.Name, Target: selection.Target,
		Status: status, ID: user.ID, Key: user.Key, User: user.Attributes,
	}
	if doc.User == nil {
		doc.User = json.RawMessage("{}")
	}
	return doc
}

// printUser prints one user, with what became of it.
func printUser(ctx context.Context, a *app.App, selection *app.Selection, status string, user provider.User) error {
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	rows := [][2]string{{"status", status}, {"id", user.ID}, {selection.Adapter.Key, user.Key}}
	record := user.Record(selection.Adapter.Table)
	for _, field := range otherFields(selection.Adapter) {
		if value, ok := record[field.Name]; ok {
			rows = append(rows, [2]string{field.Name, field.Text(value)})
		}
	}
	return printer.Object(ctx, newUserDoc(selection, status, user), rows, user.ID)
}

// otherFields lists the documented fields beside the natural key that may be shown.
func otherFields(adapter provider.Adapter) schema.Table {
	var others schema.Table
	for _, field := range adapter.Table {
		if field.Name != adapter.Key && !field.Secret {
			others = append(others, field)
		}
	}
	return others
}
