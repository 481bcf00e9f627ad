// Package config reads and writes profiles: named connections to one tenant of one provider.
//
// Viper reads the file (YAML, JSON or TOML), binds the USHER_ variables and the flags, and selects one of them: a
// setting comes from its flag, its variable, the profile, or the provider's default, in that order. [Profile.SourceOf]
// returns the source. The caller specifies the settings: the package does not depend on a provider.
//
// Viper's own decoders return 83 for 00123 and no line numbers, and accept a misspelt key. The file is therefore
// decoded by [file], a decoder for viper that preserves the text and the position of every value and validates the
// structure of the file.
//
// The file contains references to secrets, never secrets. An error never repeats a value of the file, because it may
// be a secret in the wrong place.
package config
