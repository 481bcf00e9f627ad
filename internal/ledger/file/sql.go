package file

// The states of the two kinds of evidence as SQL lists. The partial index over rows in doubt is used only by
// queries that spell its condition the same way.
const (
	sqlPresent = "('created', 'existing')"
	sqlInDoubt = "('sent', 'unknown')"
	// sqlOfPerson selects the rows of a user, by the digest that is the second parameter.
	sqlOfPerson = "(run, row) IN (SELECT run, row FROM digests WHERE digest = ?2)"
	// sqlIntended are the states of rows that are about to be sent.
	sqlIntended = "('sent', 'changing', 'removing')"
	// sqlRemovalInDoubt are the states of rows whose users may have been deleted.
	sqlRemovalInDoubt = "('removing', 'removal_unknown')"
)
