package sandbox

import (
	"context"
	"iter"
	"strconv"
)

// What the dialects read goes through these functions: they omit the users of other tenants, and those that a fault
// hides.

// find returns the first user with a value, or errAbsent.
func (b *backend) find(ctx context.Context, provider string, by column, value string) (User, error) {
	users, _, err := b.store.query(ctx, "WHERE provider = ? AND "+string(by)+" = ? ORDER BY number", episodeOf(ctx).place(provider), by.compared(value))
	if users = b.visible(provider, users); err == nil && len(users) == 0 {
		err = errAbsent
	}
	if err != nil {
		return User{}, err
	}
	return users[0], nil
}

// withKey returns all users with a natural key, in the order in which they were
// created.
func (b *backend) withKey(ctx context.Context, provider, key string) ([]User, error) {
	users, err := b.store.withKey(ctx, episodeOf(ctx).place(provider), key)
	return b.visible(provider, users), err
}

// users yields the users in the order in which they were created.
func (b *backend) users(ctx context.Context, provider string) iter.Seq2[User, error] {
	return func(yield func(User, error) bool) {
		hides := b.curtain(provider)
		for user, err := range b.store.usersAt(ctx, episodeOf(ctx).place(provider)) {
			if err == nil && hides(user) {
				continue
			}
			if !yield(user, err) {
				return
			}
		}
	}
}

// listed is users for a list without a filter, which may be capped.
func (b *backend) listed(ctx context.Context, provider string) iter.Seq2[User, error] {
	limit, capped := b.listCap()
	return func(yield func(User, error) bool) {
		n := 0
		for user, err := range b.users(ctx, provider) {
			if n++; capped && n > limit {
				b.tally.struck(provider, FaultCapped)
				return
			}
			if !yield(user, err) {
				return
			}
		}
	}
}

// page returns a part of a list without a filter, and its total.
func (b *backend) page(ctx context.Context, provider string, limit, offset int) (users []User, total int, err error) {
	if offset > 0 {
		if err := b.dropUser(ctx, provider); err != nil {
			return nil, 0, err
		}
	}
	if place := episodeOf(ctx).place(provider); !b.dice.distortsLists() {
		if users, err = b.store.page(ctx, place, limit, offset); err == nil {
			total, err = b.store.countAt(ctx, place)
		}
		return users, b.misstated(provider, total), err
	}
	for user, err := range b.listed(ctx, provider) {
		if err != nil {
			return nil, 0, err
		}
		if total >= offset && len(users) < limit {
			users = append(users, user)
		}
		total++
	}
	return users, b.misstated(provider, total), nil
}

// pageAfter returns at most limit users of a list that were created after the one
// with a number, 0 for the beginning.
func (b *backend) pageAfter(ctx context.Context, provider string, number int64, limit int) (users []User, err error) {
	if number > 0 {
		if err := b.dropUser(ctx, provider); err != nil {
			return nil, err
		}
	}
	if !b.dice.distortsLists() {
		users, _, err = b.store.after(ctx, episodeOf(ctx).place(provider), number, limit)
		return users, err
	}
	for user, err := range b.listed(ctx, provider) {
		if err != nil {
			return nil, err
		}
		if user.number > number && len(users) < limit {
			users = append(users, user)
		}
	}
	return users, nil
}

// distortsLists reports whether a list can be shorter than in the store.
func (d *dice) distortsLists() bool {
	_, lags := d.others[FaultLag]
	_, capped := d.others[FaultCapped]
	return lags || capped
}

// visible removes the users that the lag of this read hides.
func (b *backend) visible(provider string, users []User) []User {
	hides := b.curtain(provider)
	var seen []User
	for _, user := range users {
		if !hides(user) {
			seen = append(seen, user)
		}
	}
	return seen
}

// curtain returns what hides a user from one read. The replicas take turns.
func (b *backend) curtain(provider string) func(User) bool {
	if _, lags := b.dice.others[FaultLag]; !lags {
		return func(User) bool { return false }
	}
	turn := int(b.turns.Add(1) - 1)
	return func(user User) bool {
		fault, marked := b.dice.marks(FaultLag, user.ID)
		if !marked {
			return false
		}
		lags, _ := readDurations(fault.Parameter()) // checked by New
		hidden := b.now().Before(user.CreatedAt.Add(lags[turn%len(lags)]))
		if hidden {
			b.tally.struck(provider, FaultLag)
		}
		return hidden
	}
}

// listCap returns the number of users after which the list ends.
func (b *backend) listCap() (int, bool) {
	fault, hit := b.dice.hits(FaultCapped)
	return amount(fault), hit
}

// misstated returns the total that a list shows.
func (b *backend) misstated(provider string, total int) int {
	if fault, hit := b.dice.hits(FaultTotalMore); hit {
		b.tally.struck(provider, FaultTotalMore)
		total += amount(fault)
	}
	if fault, hit := b.dice.hits(FaultTotalFewer); hit {
		b.tally.struck(provider, FaultTotalFewer)
		total = max(0, total-amount(fault))
	}
	return total
}

// dropUser deletes the first user, so that the following ones move up.
func (b *backend) dropUser(ctx context.Context, provider string) error {
	fault, hit := b.dice.hits(FaultLeave)
	if !hit {
		return nil
	}
	b.leaving.Lock()
	defer b.leaving.Unlock()
	if b.left[provider] >= amount(fault) {
		return nil
	}
	place := episodeOf(ctx).place(provider)
	users, err := b.store.page(ctx, place, 1, 0)
	if err != nil || len(users) == 0 {
		return err
	}
	b.left[provider]++
	b.tally.struck(provider, FaultLeave)
	return b.store.remove(ctx, place, users[0].ID)
}

// amount returns the parameter of a fault as a number.
func amount(fault Fault) int {
	n, _ := strconv.Atoi(fault.Parameter()) // checked by New
	return n
}

// pageOf returns the size of a page for the requested size.
func (b *backend) pageOf(size int) int {
	if b.pageSize > 0 {
		return min(size, b.pageSize)
	}
	return size
}
