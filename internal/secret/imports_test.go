package secret

import (
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
)

// The program starts no process but the commands of exec: references, whose
// arguments stand in the profile: so no argument list ever contains a secret.
// Tests also start programs and servers of databases.
func TestOnlySecretRunsCommands(t *testing.T) {
	archtest.Only(t, "os/exec", "internal/pgtest", "internal/secret", "internal/termtest")
}
