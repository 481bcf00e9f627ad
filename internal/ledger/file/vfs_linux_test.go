package file

import (
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// A recorder stands between SQLite and the file system. It passes everything
// on, and keeps in order what was written to the database and its log, and
// what was made durable when. What SQLite keeps in shared memory only is lost
// with the power, and is not recorded.
type recorder struct {
	mu     sync.Mutex
	events []event
	// open gives the file of each handle, and real the methods behind each set
	// of recording ones.
	open map[uintptr]string
	real map[uintptr]*sqlite3.Tsqlite3_io_methods
	vfs  *sqlite3.Tsqlite3_vfs
}

// event is something that happened to a file, or a mark that the test set.
type event struct {
	kind   eventKind
	file   string
	offset int64
	data   []byte
	mark   any
}

type eventKind int

const (
	made eventKind = iota
	written
	truncated
	deleted
	synced
	marked
)

// recorders finds the recorder behind a call of SQLite's: there is one, whose
// virtual file system lives as long as the test binary.
var recorders = sync.OnceValue(func() *recorder {
	return &recorder{open: make(map[uintptr]string), real: make(map[uintptr]*sqlite3.Tsqlite3_io_methods)}
})

const recordingVFS = "usher-recorder"

// newRecorder registers the recording file system with SQLite.
func newRecorder(t *testing.T) *recorder {
	t.Helper()
	r := recorders()
	tls := libc.NewTLS()
	defer tls.Close()
	if r.vfs == nil {
		r.vfs = at[sqlite3.Tsqlite3_vfs](sqlite3.Xsqlite3_vfs_find(tls, 0))
		name, err := libc.CString(recordingVFS)
		if err != nil {
			t.Fatal(err)
		}
		copied := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(*r.vfs)))
		shim := at[sqlite3.Tsqlite3_vfs](copied)
		*shim = *r.vfs
		shim.FzName, shim.FpNext = name, 0
		shim.FxOpen, shim.FxDelete = function(recordOpen), function(recordDelete)
		if rc := sqlite3.Xsqlite3_vfs_register(tls, copied, 0); rc != sqlite3.SQLITE_OK {
			t.Fatalf("registering the file system: %d", rc)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = nil
	return r
}

// mark notes a moment between the events.
func (r *recorder) mark(what any) { r.note(event{kind: marked, mark: what}) }

func (r *recorder) note(e event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

func (r *recorder) fileOf(handle uintptr) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open[handle]
}

// methods returns the real methods of an open file.
func (r *recorder) methods(handle uintptr) *sqlite3.Tsqlite3_io_methods {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.real[at[sqlite3.Tsqlite3_file](handle).FpMethods]
}

func recordOpen(tls *libc.TLS, _, name, handle uintptr, flags int32, outFlags uintptr) int32 {
	r := recorders()
	rc := call[func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32](r.vfs.FxOpen)(
		tls, addressOf(r.vfs), name, handle, flags, outFlags)
	if rc != sqlite3.SQLITE_OK || name == 0 {
		return rc
	}
	file := at[sqlite3.Tsqlite3_file](handle)
	copied := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{})))
	shim, real := at[sqlite3.Tsqlite3_io_methods](copied), at[sqlite3.Tsqlite3_io_methods](file.FpMethods)
	*shim = *real
	shim.FxWrite, shim.FxTruncate = function(recordWrite), function(recordTruncate)
	shim.FxSync, shim.FxClose = function(recordSync), function(recordClose)

	path := filepath.Base(libc.GoString(name))
	r.mu.Lock()
	r.open[handle], r.real[copied] = path, real
	r.mu.Unlock()
	file.FpMethods = copied
	r.note(event{kind: made, file: path})
	return rc
}

func recordDelete(tls *libc.TLS, _, name uintptr, syncFolder int32) int32 {
	r := recorders()
	rc := call[func(*libc.TLS, uintptr, uintptr, int32) int32](r.vfs.FxDelete)(tls, addressOf(r.vfs), name, syncFolder)
	if rc == sqlite3.SQLITE_OK {
		r.note(event{kind: deleted, file: filepath.Base(libc.GoString(name))})
	}
	return rc
}

func recordWrite(tls *libc.TLS, handle, data uintptr, size int32, offset int64) int32 {
	r := recorders()
	rc := call[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](r.methods(handle).FxWrite)(tls, handle, data, size, offset)
	if rc == sqlite3.SQLITE_OK {
		r.note(event{kind: written, file: r.fileOf(handle), offset: offset, data: slices.Clone(libc.GoBytes(data, int(size)))})
	}
	return rc
}

func recordTruncate(tls *libc.TLS, handle uintptr, size int64) int32 {
	r := recorders()
	rc := call[func(*libc.TLS, uintptr, int64) int32](r.methods(handle).FxTruncate)(tls, handle, size)
	if rc == sqlite3.SQLITE_OK {
		r.note(event{kind: truncated, file: r.fileOf(handle), offset: size})
	}
	return rc
}

func recordSync(tls *libc.TLS, handle uintptr, flags int32) int32 {
	r := recorders()
	rc := call[func(*libc.TLS, uintptr, int32) int32](r.methods(handle).FxSync)(tls, handle, flags)
	if rc == sqlite3.SQLITE_OK {
		r.note(event{kind: synced, file: r.fileOf(handle)})
	}
	return rc
}

func recordClose(tls *libc.TLS, handle uintptr) int32 {
	r := recorders()
	real := r.methods(handle)
	r.mu.Lock()
	file := at[sqlite3.Tsqlite3_file](handle)
	delete(r.open, handle)
	delete(r.real, file.FpMethods)
	libc.Xfree(tls, file.FpMethods)
	file.FpMethods = addressOf(real)
	r.mu.Unlock()
	return call[func(*libc.TLS, uintptr) int32](real.FxClose)(tls, handle)
}

// at reads an address in SQLite's memory, which Go's collector never moves.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// addressOf returns the address of something in SQLite's memory.
func addressOf[T any](p *T) uintptr { return uintptr(unsafe.Pointer(p)) }

// function returns a Go function as SQLite's tables hold it.
func function[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&struct{ f F }{f})) }

// call returns a function of SQLite's tables as a Go function.
func call[F any](address uintptr) F {
	return *(*F)(unsafe.Pointer(&struct{ address uintptr }{address}))
}
