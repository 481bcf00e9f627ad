package described

import "github.com/bring-aboard/usher/pkg/provider"

// As is [provider.Limited]: a client supports what its description has. Without a read by id, only creates are safe.
func (c *client) As(target any) bool {
	d, reads := c.d, c.d.Get != nil
	switch target := target.(type) {
	case *provider.Finder:
		*target = c
		return reads
	case *provider.Lister:
		*target = c
		return reads
	case *provider.Getter:
		*target = c
		return reads
	case *provider.Checker:
		*target = c
		return reads
	case *provider.SelfReader:
		*target = c
		return reads
	case *provider.Updater:
		*target = c
		return reads && d.Update != nil
	case *provider.Deleter:
		*target = c
		return reads && d.Delete != nil
	case *provider.Deactivator:
		*target = c
		return reads && d.Deactivate != nil
	case *provider.Activator:
		*target = c
		return reads && d.Activate != nil
	case *provider.SessionRevoker:
		*target = c
		return reads && d.RevokeSessions != nil
	case *provider.MFAResetter:
		*target = c
		return reads && d.ResetMFA != nil
	case *provider.Directory:
		*target = c
		return reads && d.Groups != nil
	case *provider.MembershipManager:
		*target = c
		return reads && d.Groups != nil
	default:
		return false
	}
}
