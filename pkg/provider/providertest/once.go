package providertest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/bring-aboard/usher/pkg/provider"
)

// checkOneRequest counts the requests of one change for every kind of response.
// After a 401, which did nothing, one may be sent once more with other credentials.
func checkOneRequest(t TB, subject Subject) error {
	tr := subject.begin(t)
	return tr.each(func(r *rehearsal) error {
		var found findings
		if !r.changes {
			return nil
		}
		for name, reply := range repliesOf(r.genuine.answer) {
			if r.power == provider.CapabilityBatch && slices.Contains(refusalsOfBatches(), reply.status) {
				continue // smaller requests may follow
			}
			r.stage.change(always(reply))
			_ = r.again(t.Context()) // what it gives is judged elsewhere
			sent := r.counted(r.stage)
			renewed := reply.status == http.StatusUnauthorized && len(sent) == 2 && !sameCredentials(tr.Adapter, sent[0], sent[1])
			if len(sent) > 1 && !renewed || len(sent) == 0 && r.power == provider.CapabilityCreate {
				found.addf("%s: %d requests were sent", name, len(sent))
			}
		}
		return found.err()
	})
}

// refusalsOfBatches lists the statuses by which a server refuses any batch, or one so large.
func refusalsOfBatches() []int {
	return []int{http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge, http.StatusNotImplemented}
}

// counted lists the requests on a stage of which there may be one: all of a
// create, and those of another operation that do not only read.
func (r *rehearsal) counted(s *stage) []sent {
	var counted []sent
	for _, exchange := range s.received() {
		if r.power == provider.CapabilityCreate || !exchange.sent.reads() {
			counted = append(counted, exchange.sent)
		}
	}
	return counted
}

// repliesOf lists answers of every kind, made of a genuine one.
func repliesOf(genuine answer) map[string]answer {
	replies := garbled(genuine)
	replies["a genuine answer"] = genuine
	for _, status := range statuses() {
		replies["status "+strconv.Itoa(status)] = plainAnswer(status, "text/plain", "")
	}
	for _, status := range []int{429, 503} {
		replies[fmt.Sprintf("status %d, Retry-After", status)] = plainAnswer(status, "text/plain", "").withHeader("Retry-After", "0")
	}
	for name, ending := range map[string]ending{"reset": reset, "closed": hangUp, "cut off": cut} {
		reply := genuine
		reply.ending = ending
		replies[name] = reply
	}
	return replies
}

func sameCredentials(adapter provider.Adapter, a, b sent) bool {
	names := []string{"Authorization"}
	for _, header := range adapter.Auth.Headers {
		names = append(names, header.Name)
	}
	if session := adapter.Auth.Session; session != nil {
		names = append(names, session.Header)
	}
	return !slices.ContainsFunc(names, func(name string) bool { return a.header.Get(name) != b.header.Get(name) })
}
