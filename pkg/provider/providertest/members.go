package providertest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/bring-aboard/usher/pkg/provider"
)

// memberChecks returns the checks of the members of groups, if the client manages them.
func memberChecks() []Check {
	return []Check{
		{"members are added and removed", having(checkMembers)},
		{"members can be left early", having(checkMembersLeft)},
		{"an unknown group is not found", having(checkUnknownGroups)},
		{"ids of groups are escaped in paths", having(checkEscapedGroups)},
	}
}

// memberOperations lists the operations on the members of the first group.
func (tr *trial) memberOperations(client provider.Client) []operation {
	if _, ok := provider.As[provider.MembershipManager](client); !ok {
		return nil
	}
	groups, err := entriesOf(tr.t.Context(), client, provider.Group)
	if err != nil || len(groups) == 0 {
		return nil // reported by the checks of entries
	}
	group := groups[0].ID
	add := func(ctx context.Context, client provider.Client, target target) error {
		return provider.Must[provider.MembershipManager](client).AddMember(ctx, group, target.user.ID)
	}
	listed := []operation{
		{power: provider.CapabilityMembers, about: true, before: add, call: func(ctx context.Context, client provider.Client, _ target) error {
			_, err := membersIn(ctx, provider.Must[provider.MembershipManager](client), group)
			return err
		}},
		{power: provider.CapabilityAddMember, about: true, changes: true, call: add},
		{power: provider.CapabilityRemoveMember, about: true, changes: true, before: add, call: func(ctx context.Context, client provider.Client, target target) error {
			return provider.Must[provider.MembershipManager](client).RemoveMember(ctx, group, target.user.ID)
		}},
	}
	if !tr.listsMembers() {
		listed = listed[1:]
	}
	return listed
}

// listsMembers reports whether the provider documents a list of a group's members.
func (tr *trial) listsMembers() bool {
	_, ok := tr.Adapter.Endpoint(provider.CapabilityMembers)
	return ok
}

// membersIn returns the ids of the members of a group before the first error.
func membersIn(ctx context.Context, manager provider.MembershipManager, group string) ([]string, error) {
	var ids []string
	for member, err := range manager.Members(ctx, group) {
		if err != nil {
			return ids, err
		}
		ids = append(ids, member.ID)
	}
	return ids, nil
}

// checkMembers adds two of three users to a group, each twice, and removes one of them twice.
func checkMembers(tr *trial, manager provider.MembershipManager, s *stage) error {
	groups, err := tr.groups(manager, 2)
	if err != nil {
		return err
	}
	made, err := tr.createMany(3)
	if err != nil {
		return err
	}
	users := slices.Collect(maps.Values(made))
	var found findings
	expect := func(when string, in ...string) {
		found.in(when, tr.checkMembersAre(manager, s, groups, users, in))
	}
	first, second := users[0].ID, users[1].ID
	expect("at the beginning")
	for _, user := range []string{first, second, first} {
		s.change(tr.pass)
		found.in("adding "+user, manager.AddMember(tr.t.Context(), groups[0], user))
		found.add(tr.checkChange(s, provider.CapabilityAddMember))
	}
	expect("after three additions of two users", first, second)
	for range 2 {
		s.change(tr.pass)
		found.in("removing "+first, manager.RemoveMember(tr.t.Context(), groups[0], first))
		found.add(tr.checkChange(s, provider.CapabilityRemoveMember))
	}
	expect("after two removals of one user", second)
	found.in("adding "+first+" again", manager.AddMember(tr.t.Context(), groups[0], first))
	expect("after a third addition", second, first)
	return found.err()
}

// groups returns the ids of the first groups.
func (tr *trial) groups(manager provider.MembershipManager, least int) ([]string, error) {
	entries, err := entriesOf(tr.t.Context(), manager.(provider.Client), provider.Group)
	if err != nil {
		return nil, err
	}
	if len(entries) < least {
		return nil, fmt.Errorf("there are %d groups, so nothing is tried", len(entries))
	}
	var ids []string
	for _, entry := range entries[:least] {
		ids = append(ids, entry.ID)
	}
	return ids, nil
}

// checkMembersAre compares the members of the first group, by both ways of reading them. The second one has none.
func (tr *trial) checkMembersAre(manager provider.MembershipManager, s *stage, groups []string, users []provider.User, want []string) error {
	var found findings
	if tr.listsMembers() {
		s.change(tr.pass)
		got, err := membersIn(tr.t.Context(), manager, groups[0])
		if err != nil {
			return err
		}
		for _, exchange := range s.received() {
			found.add(tr.checkDocumented(provider.CapabilityMembers, exchange.sent))
		}
		if !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
			found.addf("the members are %q, want %q", got, want)
		}
		if others, err := membersIn(tr.t.Context(), manager, groups[1]); err != nil || len(others) != 0 {
			found.addf("another group has the members %q, %w", others, err)
		}
	}
	for _, user := range users {
		is, err := manager.IsMember(tr.t.Context(), groups[0], user.ID)
		if err != nil || is != slices.Contains(want, user.ID) {
			found.addf("that %s is a member is %t, %w", user.ID, is, err)
		}
		if is, err := manager.IsMember(tr.t.Context(), groups[1], user.ID); err != nil || is {
			found.addf("that %s is a member of another group is %t, %w", user.ID, is, err)
		}
	}
	return found.err()
}

func checkMembersLeft(tr *trial, manager provider.MembershipManager, _ *stage) error {
	if !tr.listsMembers() {
		return nil
	}
	groups, err := tr.groups(manager, 1)
	if err != nil {
		return err
	}
	users, err := tr.createMany(2)
	if err != nil {
		return err
	}
	var found findings
	for _, user := range users {
		found.add(manager.AddMember(tr.t.Context(), groups[0], user.ID))
	}
	yielded := 0
	manager.Members(tr.t.Context(), groups[0])(func(_ provider.Member, err error) bool {
		found.add(err)
		yielded++
		return false // a loop would panic where the members go on
	})
	if yielded != 1 {
		found.addf("it yields %d times to a loop that is left at the first member", yielded)
	}
	return found.err()
}

// inGroup calls every documented method with a group and a user.
func (tr *trial) inGroup(ctx context.Context, manager provider.MembershipManager, group, user string) map[string]error {
	_, reading := manager.IsMember(ctx, group, user)
	errs := map[string]error{"lookup": reading, "add": manager.AddMember(ctx, group, user), "remove": manager.RemoveMember(ctx, group, user)}
	if tr.listsMembers() {
		_, errs["list"] = membersIn(ctx, manager, group)
	}
	return errs
}

// checkUnknownGroups names a group by an id that differs from a genuine one in its last character.
func checkUnknownGroups(tr *trial, manager provider.MembershipManager, _ *stage) error {
	groups, err := tr.groups(manager, 2)
	if err != nil {
		return err
	}
	user, _, err := tr.create(tr.record(1))
	if err != nil {
		return err
	}
	unknown := otherID(groups[0])
	for slices.Contains(groups, unknown) {
		unknown += "9"
	}
	var found findings
	for name, err := range tr.inGroup(tr.t.Context(), manager, unknown, user.ID) {
		found.in(name, judge(err, provider.NotFound))
	}
	return found.err()
}

// checkEscapedGroups sends ids with characters that have a meaning in URLs, to a server that does not have them.
func checkEscapedGroups(tr *trial, manager provider.MembershipManager, s *stage) error {
	const user = "user-1"
	var found findings
	for _, id := range append(specialKeys(), "", ".", "..") {
		class := provider.NotFound
		if id == "" || id == "." || id == ".." {
			class = provider.Invalid
		}
		s.change(always(plainAnswer(404, "text/plain", "")))
		for name, err := range tr.inGroup(tr.t.Context(), manager, id, user) {
			found.in(fmt.Sprintf("%s in %q", name, id), judge(err, class))
		}
		received := s.received()
		if class == provider.Invalid && len(received) > 0 {
			found.addf("%q: %d requests were sent", id, len(received))
		}
		for _, exchange := range received {
			found.in(fmt.Sprintf("%q", id), tr.checkNamed(exchange.sent, id))
		}
	}
	return found.err()
}
