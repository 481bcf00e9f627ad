// Package describe reads descriptions: YAML documents that say how users are managed through one documented JSON API.
//
// A description is a table and templates. It has no expressions, no code and no includes; [Parse] reports every error
// with its line and column.
package describe
