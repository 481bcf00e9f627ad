// Package config reads and writes the profiles: named connections to one
// tenant of one provider, with their settings and default values.
//
// Viper reads the file (YAML, JSON or TOML), binds the USHER_ variables and the
// flags, and decides between them: a setting comes from its flag, its variable,
// the profile, or the provider's default, in that order. [Profile.SourceOf]
// returns which of them it was. The caller states which settings there are: the
// package knows no provider.
//
// Viper's own decoders return 83 for 00123, no line numbers, and accept a
// misspelt key. The file is therefore decoded by [file], a decoder of viper that
// keeps the text and the place of every value and checks the shape of the file.
//
// The file contains references to secrets, never secrets. A value of the file is
// therefore never repeated in an error: it may be a secret in the wrong place.
package config
