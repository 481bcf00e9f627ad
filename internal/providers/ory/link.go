package ory

import (
	"errors"
	"net/url"
	"slices"
	"strings"
)

// nextToken returns the page token of the link to the next page in Link headers (RFC 8288), "" if there is none. The
// address itself is not followed: it may lead to another host.
func nextToken(headers []string) (string, error) {
	for _, header := range headers {
		for target, parameters := range links(header) {
			if !isNext(parameters) {
				continue
			}
			address, err := url.Parse(target)
			if err != nil || address.Query().Get("page_token") == "" {
				return "", errors.New("no page_token in the link to the next page")
			}
			return address.Query().Get("page_token"), nil
		}
	}
	return "", nil
}

// links yields the address and the parameters of each link of a header.
func links(header string) func(yield func(target, parameters string) bool) {
	return func(yield func(target, parameters string) bool) {
		for {
			_, rest, found := strings.Cut(header, "<")
			if !found {
				return
			}
			target, rest, found := strings.Cut(rest, ">")
			if !found {
				return
			}
			parameters, _, _ := strings.Cut(rest, "<")
			if !yield(target, parameters) {
				return
			}
			header = rest
		}
	}
}

// isNext reports whether the parameters of a link contain the relation next.
func isNext(parameters string) bool {
	for parameter := range strings.FieldsFuncSeq(parameters, func(r rune) bool { return r == ';' || r == ',' }) {
		name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
		if strings.EqualFold(strings.TrimSpace(name), "rel") && slices.Contains(strings.Fields(strings.Trim(value, ` "`)), "next") {
			return true
		}
	}
	return false
}
