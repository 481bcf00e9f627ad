package providertest

import (
	"errors"
	"net/http"

	"github.com/bring-aboard/usher/pkg/provider"
)

// absenceChecks returns the checks of the absence of a user.
func absenceChecks() []Check {
	return []Check{
		{"documented absence is reported", checkAbsence},
		{"a 404 of a gateway proves nothing", checkGateway},
		{"a 404 of a collection proves nothing", having(checkCollection)},
	}
}

// lookups lists the operations that read one user, for a user that does not exist.
func (tr *trial) lookups(client provider.Client) map[provider.Capability]operation {
	listed := map[provider.Capability]operation{}
	for _, op := range tr.readings(client) {
		if op.power == provider.CapabilityFind || op.power == provider.CapabilityGet {
			listed[op.power] = op
		}
	}
	return listed
}

func checkAbsence(t TB, subject Subject) error {
	tr := subject.begin(t)
	made, _, err := tr.create(tr.record(1))
	if err != nil {
		return err
	}
	client, _ := tr.connect(tr.pass)
	nobody := target{record: tr.record(2), user: provider.User{ID: otherID(made.ID)}}
	var found findings
	for power, op := range tr.lookups(client) {
		err := op.run(t.Context(), client, nobody)
		found.in(string(power), judge(err, provider.NotFound))
		if absence := provider.AbsenceOf(err); absence == provider.AbsenceUnproved {
			found.addf("%s: the live server says that there is no such user, and the error that nothing is proved", power)
		}
	}
	return found.err()
}

// otherID returns an id that differs from another one in its last character.
func otherID(id string) string {
	if id == "" {
		return "1"
	}
	other := "1"
	if id[len(id)-1:] == other {
		other = "2"
	}
	return id[:len(id)-1] + other
}

func checkGateway(t TB, subject Subject) error {
	tr := subject.begin(t)
	client, s := tr.connect(tr.pass)
	var found findings
	for power, op := range tr.lookups(client) {
		for media, body := range map[string]string{"text/plain": "default backend - 404", "text/html": "<html>", "application/json": ""} {
			s.change(always(plainAnswer(http.StatusNotFound, media, body)))
			err := op.run(t.Context(), client, target{record: tr.record(1), user: provider.User{ID: "1"}})
			if err == nil || provider.AbsenceOf(err) != provider.AbsenceUnproved {
				found.addf("%s: a 404 in %s proves absence: %w", power, media, cmpErr(err))
			}
		}
	}
	return found.err()
}

// cmpErr returns an error instead of none.
func cmpErr(err error) error {
	if err == nil {
		return errors.New("no error")
	}
	return err
}

// checkCollection answers a lookup among all users with a 404 of the API itself.
func checkCollection(tr *trial, finder provider.Finder, s *stage) error {
	_, err := finder.Find(tr.t.Context(), tr.key(tr.record(1)))
	last, lastErr := s.last()
	if lastErr != nil {
		return lastErr
	}
	if provider.ClassOf(err) != provider.NotFound || last.answer.status == http.StatusNotFound {
		return nil // the route names one user, or nothing can be learned
	}
	var found findings
	for _, body := range []string{
		`{"message":"no"}`, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"404"}`,
		`{"error":{"code":404}}`, `{"code":1,"message":"","description":""}`,
	} {
		s.change(always(plainAnswer(http.StatusNotFound, "application/json", body)))
		_, err := finder.Find(tr.t.Context(), tr.key(tr.record(1)))
		found.in(body, judge(err, provider.NotFound))
		if provider.AbsenceOf(err) != provider.AbsenceUnproved {
			found.addf("%s: a 404 of a route that lists users proves absence", body)
		}
	}
	return found.err()
}
