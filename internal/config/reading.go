package config

// Reading is how the rosters of a profile are read: the settings mapping, set and roster.
type Reading struct {
	// Mapping is the documented field for each header, "" for a column that is left out.
	Mapping map[string]string
	// Set are the values that every row of an import has, by field.
	Set map[string]string
	// Form has the values of flags by name: encoding, sheet and header-row.
	Form map[string]string
}
