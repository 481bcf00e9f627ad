// Package config reads and writes the profiles: named connections to one
// tenant of one provider, with their settings and default values.
//
// A setting comes from its flag, its USHER_ variable, the profile, or the
// provider's default, in that order, and every value knows from which. Which
// settings there are, the caller says: the package knows no provider.
//
// The file is read as a tree of YAML nodes, so that an error names line and
// column, the case of field names is kept, and 00123 stays 00123. Viper then
// lays the sources over each other. Writing changes the lines that must change
// and leaves every other byte of the file as it was.
//
// The file holds references to secrets, never secrets. A value of the file is
// therefore never repeated in an error: it may be a secret in the wrong place.
package config
