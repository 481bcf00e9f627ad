package sandbox

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// A patchStep is one step of a JSON Patch (RFC 6902), of the three kinds that
// change a single place.
type patchStep struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// readPatch reads a body that is a JSON Patch.
func readPatch(r *request) ([]patchStep, error) {
	anything := func(string, any) []violation { return nil }
	var steps []patchStep
	err := r.decode(list(1, object(
		member{name: "op", required: true, check: oneOf("add", "replace", "remove")},
		member{name: "path", required: true, check: filled},
		member{name: "value", check: anything},
	)), &steps)
	return steps, err
}

// applyPatch changes an identity step by step. It fails at paths that the documentation excludes from patches, and at
// those that it does not document.
func applyPatch(identity map[string]any, steps []patchStep) error {
	for _, step := range steps {
		place := strings.Split(strings.TrimPrefix(step.Path, "/"), "/")
		for i, name := range place {
			place[i] = strings.ReplaceAll(strings.ReplaceAll(name, "~1", "/"), "~0", "~")
		}
		switch place[0] {
		case "traits", "state", "external_id", "organization_id", "metadata_public", "metadata_admin":
		default:
			return refuse(http.StatusBadRequest, "%s cannot be patched", step.Path)
		}
		if err := applyStep(identity, place, step); err != nil {
			return err
		}
	}
	return nil
}

func applyStep(object map[string]any, place []string, step patchStep) error {
	for _, name := range place[:len(place)-1] {
		inner, isObject := object[name].(map[string]any)
		if !isObject {
			return refuse(http.StatusBadRequest, "%s: no object at the parent path", step.Path)
		}
		object = inner
	}
	name := place[len(place)-1]
	if _, present := object[name]; !present && step.Op != "add" {
		return refuse(http.StatusBadRequest, "%s: no value to %s", step.Path, step.Op)
	}
	if step.Op == "remove" {
		delete(object, name)
		return nil
	}
	object[name] = step.Value
	return nil
}

// asObject reads a stored document.
func asObject(document []byte) (map[string]any, error) {
	var object map[string]any
	err := json.Unmarshal(document, &object)
	if err == nil && object == nil {
		err = errors.New("the stored user is not an object")
	}
	return object, err
}
