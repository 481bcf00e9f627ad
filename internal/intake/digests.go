package intake

import (
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// RespellingsOf returns the function that returns the digests of a record's user under other spellings of a
// target, nil if there are none.
func RespellingsOf(book ledger.Store, target string, spellings []string, adapter provider.Adapter) func(schema.Record) []ledger.Respelling {
	if len(spellings) == 0 {
		return nil
	}
	scope, _ := adapter.Table.Field(adapter.Scope)
	return func(record schema.Record) []ledger.Respelling {
		return book.Digester().Respellings(target, spellings, scope.Text(record[adapter.Scope]), record.Text(adapter.Key))
	}
}

// DigestOf returns the function that returns the digest of a record's user in the ledger.
func DigestOf(book ledger.Store, target string, adapter provider.Adapter) func(schema.Record) ledger.Digest {
	scope, _ := adapter.Table.Field(adapter.Scope)
	return func(record schema.Record) ledger.Digest {
		return book.Digester().Digest(target, scope.Text(record[adapter.Scope]), record.Text(adapter.Key))
	}
}

// KeysOf returns the function that returns the digests of a record's natural key.
func KeysOf(book ledger.Store, target string, adapter provider.Adapter) func(schema.Record) ledger.KeyDigests {
	scope, _ := adapter.Table.Field(adapter.Scope)
	return func(record schema.Record) ledger.KeyDigests {
		return book.Digester().KeyDigests(target, scope.Text(record[adapter.Scope]), record.Text(adapter.Key))
	}
}
