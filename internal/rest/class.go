package rest

import (
	"context"
	"net/http"

	"github.com/bring-aboard/usher/pkg/provider"
)

// changes reports whether a request may change something at the provider.
func changes(request provider.Request) bool {
	return request.Method != http.MethodGet && request.Method != http.MethodHead
}

// isFresh reports whether a request is a read that asks for a fresh response.
func isFresh(ctx context.Context, request provider.Request) bool {
	return provider.IsFresh(ctx) && !changes(request)
}

// classOf returns the class of a response that is not a success and whose body was
// read with an error, nil if it is complete. A refusal of a request that may change
// something counts only if the provider's API made it: a gateway writes a page, and
// its 5xx, after the provider has done its work.
func classOf(request provider.Request, answer *http.Response, body []byte, cut error, retryAfter bool) provider.Class {
	status := answer.StatusCode
	switch {
	case !changes(request), status == http.StatusTooManyRequests,
		status == http.StatusUnauthorized && answer.Header.Get("WWW-Authenticate") != "":
		return provider.ClassOfStatus(status, retryAfter)
	case status >= http.StatusInternalServerError, len(body) > 0 && !provider.IsJSON(answer.Header, body), cut != nil && !isTooLarge(cut):
		return provider.Unknown
	default:
		return provider.ClassOfStatus(status, retryAfter)
	}
}

// documentedClass returns the class that the provider documents for a refusal by its API.
func documentedClass(request provider.Request, answer *http.Response, body []byte, cut error, plain provider.Class) (class provider.Class, ambiguous, ok bool) {
	status := answer.StatusCode
	switch {
	case request.Refusal == nil, status < 400 || status > 499, status == http.StatusUnauthorized, plain == provider.Unknown, plain == provider.Busy,
		cut != nil, !provider.IsJSON(answer.Header, body):
		return 0, false, false
	default:
		return request.Refusal(status, body)
	}
}

// absenceOf returns what a 404 proves of the absence of the item in the path.
func absenceOf(request provider.Request, answer *http.Response, body []byte) provider.Absence {
	switch {
	case request.Absence == nil || len(body) == 0 || !provider.IsJSON(answer.Header, body):
		return provider.AbsenceUnproved
	case request.Absence(body):
		return provider.AbsenceDocumented
	default:
		return provider.AbsencePlain
	}
}
