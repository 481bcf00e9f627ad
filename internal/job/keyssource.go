package job

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/roster"
)

// keysRoster is the name of a roster of keys.
const keysRoster = "keys:"

// KeysRoster returns the roster of the users that these keys or ids identify.
func KeysRoster(keys []string) Roster { return Roster{File: keysRoster, Keys: keys} }

// keysSource returns a row for each user that a key or an id identifies, with the key at the provider, and one for each key
// that identifies none.
func (r *Reader) keysSource(ctx context.Context, link *app.LazyConnection) (roster.Source, error) {
	connection, err := link.Get()
	if err != nil {
		return roster.Source{}, err
	}
	var keys []string
	for _, key := range r.Keys {
		user, found, err := app.Seek(ctx, r.app, r.selection, connection.Client, key)
		if err != nil {
			return roster.Source{}, err
		}
		if found {
			key = user.Key
		}
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	var text strings.Builder
	for _, key := range keys {
		row, err := json.Marshal(map[string]string{r.selection.Adapter.Key: key})
		if err != nil {
			return roster.Source{}, err
		}
		text.Write(append(row, '\n'))
	}
	return roster.Stream(keysRoster, strings.NewReader(text.String())), nil
}
