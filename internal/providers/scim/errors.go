package scim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bring-aboard/usher/pkg/provider"
)

// errorURN marks the message of a refusal (RFC 7644, 3.12).
const errorURN = "urn:ietf:params:scim:api:messages:2.0:Error"

// message is the body of a refusal, as the standard has it and as servers write it: with a status that is a text or a
// number, and in the form of SCIM 1.1.
type message struct {
	Schemas  []string        `json:"schemas"`
	Status   looseStatus     `json:"status"`
	SCIMType json.RawMessage `json:"scimType"`
	Detail   json.RawMessage `json:"detail"`
	Errors   []struct {
		Description string `json:"description"`
	} `json:"Errors"`
}

// reason reads a refusal as one sentence, "" if there is none in it: the detail with the keyword of the standard, or a
// line of plain text.
func reason(body []byte) string {
	const most = 200 // a line of text in bytes, not a page
	var refusal message
	if json.Unmarshal(body, &refusal) != nil {
		text := strings.TrimSpace(string(body))
		if text == "" || len(text) > most || strings.ContainsAny(text[:1], "<{[\"") || !utf8.ValidString(text) {
			return ""
		}
		return text
	}
	parts := []string{text(refusal.Detail)}
	for _, failure := range refusal.Errors {
		parts = append(parts, failure.Description)
	}
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	sentence, keyword := strings.Join(parts, "; "), text(refusal.SCIMType)
	switch {
	case keyword == "" || sentence == "" && len(refusal.Schemas) == 0:
		return sentence
	case sentence == "":
		return keyword
	default:
		return fmt.Sprintf("%s (%s)", sentence, keyword)
	}
}

// text returns a JSON string, "" for anything else.
func text(value json.RawMessage) string {
	var read string
	if json.Unmarshal(value, &read) != nil {
		return ""
	}
	return read
}

// refusalIn finds a refusal that came with a good status: some servers refuse credentials so. Its own status determines
// its class. One that leaves open whether a change was made is still a response.
func refusalIn(request provider.Request, answer *provider.Response) *provider.Error {
	op, reads := request.Op, request.Method == http.MethodGet
	var refusal message
	if !bytes.Contains(answer.Body, []byte(errorURN)) && !bytes.ContainsRune(answer.Body, '\\') {
		return nil // without escapes the body cannot name the schema otherwise, and a list of users is long
	}
	if json.Unmarshal(answer.Body, &refusal) != nil || !slices.Contains(refusal.Schemas, errorURN) {
		return nil
	}
	status := int(refusal.Status)
	failure := &provider.Error{
		Op: op, Status: status, Detail: answer.Reason(),
		Err: fmt.Errorf("refusal with the status %s", provider.StatusText(answer.Status)),
	}
	if status < http.StatusBadRequest {
		failure = provider.BadResponse(op, answer.Status, errors.New("refusal without an error status"))
	} else {
		failure.Class = provider.ClassOfStatus(status, false)
	}
	failure.Answered = failure.Class == provider.Unknown && !reads
	return failure
}

// isNotFound reports whether the body of a 404 is the message of the standard.
func isNotFound(body []byte) bool {
	var refusal message
	return json.Unmarshal(body, &refusal) == nil && slices.Contains(refusal.Schemas, errorURN) && refusal.Status == http.StatusNotFound
}

// statusOf returns the status of a failure, 0 if it has none.
func statusOf(err error) int {
	if failure, ok := errors.AsType[*provider.Error](err); ok {
		return failure.Status
	}
	return 0
}

// looseStatus is a status as servers write it: 409, "409", or {"code":"409"}.
// What is none of these is 0.
type looseStatus int

// UnmarshalJSON never fails.
func (s *looseStatus) UnmarshalJSON(value []byte) error {
	var object struct {
		Code json.RawMessage `json:"code"`
	}
	if json.Unmarshal(value, &object) == nil && object.Code != nil {
		value = object.Code
	}
	status, err := strconv.Atoi(strings.Trim(strings.TrimSpace(string(value)), `"`))
	if err != nil {
		status = 0
	}
	*s = looseStatus(status)
	return nil
}
