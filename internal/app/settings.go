package app

import (
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/pkg/provider"
)

// KindOf returns the kind of one of an adapter's settings.
func KindOf(adapter provider.Adapter, setting provider.Setting) config.Kind {
	exchange, login := adapter.Auth.ClientCredentials, adapter.Login
	if exchange != nil && setting.Name == exchange.TokenURL || login != nil && setting.Name == login.Server {
		return config.URL
	}
	return config.Text
}
