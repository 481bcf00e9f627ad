package shared

import "github.com/bring-aboard/usher/internal/ledger"

// Abandon leaves a lock as a process that was killed does: the lease remains, and the operating system frees the lock file.
func Abandon(lock ledger.Lock) (err error) {
	k := lock.(*Lock)
	k.once.Do(func() {
		close(k.quit)
		<-k.done
		err = k.file.Close()
	})
	return err
}
