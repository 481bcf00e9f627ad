package sandbox

import (
	"errors"
	"net/http"
)

// createIdentities creates each identity separately, and returns a result with the patch_id of each. It refuses the
// whole request if it breaks the rules of a batch, and if it created none of them.
func (a oryAPI) createIdentities(r *request) (answer, error) {
	var wanted struct {
		Identities []struct {
			Create  map[string]any `json:"create"`
			PatchID string         `json:"patch_id"`
		} `json:"identities"`
	}
	rules := object(member{name: "identities", required: true, check: list(1, object(
		member{name: "create", required: true, check: anyObject},
		member{name: "patch_id", check: uuidText},
	))})
	if err := r.decode(rules, &wanted); err != nil {
		return answer{}, err
	}
	most := oryBatch
	for _, one := range wanted.Identities {
		if hasPlainPassword(one.Create) {
			most = oryPasswords
		}
	}
	if len(wanted.Identities) > most {
		return answer{}, refuse(http.StatusBadRequest, "a request of this kind contains at most %d identities", most)
	}
	outcomes := make([]map[string]any, len(wanted.Identities))
	made := 0
	var last error
	for i, one := range wanted.Identities {
		outcome, err := a.patched(r, one.Create)
		if one.PatchID != "" {
			outcome["patch_id"] = one.PatchID
		}
		if outcomes[i] = outcome; err != nil {
			last = err
			continue
		}
		made++
	}
	if made == 0 {
		return answer{}, last
	}
	return jsonAnswer(http.StatusOK, map[string]any{"identities": outcomes}), nil
}

// patched creates one identity of a batch and returns its result.
func (a oryAPI) patched(r *request, body map[string]any) (map[string]any, error) {
	var p *problem
	var identity map[string]any
	var err error
	if found := oryRules()("", any(body)); len(found) > 0 {
		err = &problem{status: http.StatusBadRequest, message: summary(found)}
	} else {
		identity, err = a.make(r.Context(), body)
	}
	switch {
	case errors.As(err, &p):
		return map[string]any{"action": "error", "error": oryRefusal(p)}, err
	case err != nil:
		return map[string]any{"action": "error", "error": oryRefusal(refuse(http.StatusInternalServerError, "the sandbox failed"))}, err
	default:
		return map[string]any{"action": "create", "identity": identity["id"]}, nil
	}
}

func hasPlainPassword(body map[string]any) bool {
	value := any(body)
	for _, name := range []string{"credentials", "password", "config", "password"} {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value != nil
}
