package file

// The words of the two kinds of evidence as SQL lists. The partial index over
// rows in doubt serves only queries that spell its condition the same way.
const (
	sqlPresent = "('created', 'existing')"
	sqlInDoubt = "('sent', 'unknown')"
	// sqlOfPerson says of which person a row is, by the digest that is the second parameter.
	sqlOfPerson = "(run, row) IN (SELECT run, row FROM digests WHERE digest = ?2)"
	// sqlIntended are the states of rows that are about to be sent.
	sqlIntended = "('sent', 'changing')"
)
