package sandbox

import (
	"context"
	"encoding/json"
)

// addAPIKey stores a key that the sandbox has created for a user.
func (s *Store) addAPIKey(ctx context.Context, provider, userID string, document []byte) error {
	_, err := s.writer.ExecContext(context.WithoutCancel(ctx),
		"INSERT INTO api_keys (provider, user_id, document) VALUES (?, ?, ?)", provider, userID, string(document))
	return err
}

// apiKeys returns a user's keys, the oldest first, and never nil.
func (s *Store) apiKeys(ctx context.Context, provider, userID string) ([]json.RawMessage, error) {
	rows, err := s.reader.QueryContext(ctx,
		"SELECT document FROM api_keys WHERE provider = ? AND user_id = ? ORDER BY number", provider, userID)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err has reported it
	keys := []json.RawMessage{}
	for rows.Next() {
		var document []byte
		if err := rows.Scan(&document); err != nil {
			return nil, err
		}
		keys = append(keys, document)
	}
	return keys, rows.Err()
}
