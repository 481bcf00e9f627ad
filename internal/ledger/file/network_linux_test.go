package file

import (
	"errors"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
)

// The numbers are those of statfs(2).
func TestNetworkDrives(t *testing.T) {
	for number, name := range map[uint32]string{
		0x6969: "nfs", 0x517b: "smb", 0xff534d42: "cifs", 0xfe534d42: "smb2", 0x00c36400: "ceph",
		0xef53: "", 0x01021994: "", 0x58465342: "", 0x9123683e: "", 0x794c7630: "", // ext4, tmpfs, xfs, btrfs, overlayfs
	} {
		if got := networkOf(number); got != name {
			t.Errorf("%#x is %q, want %q", number, got, name)
		}
	}
	if name := networkName(t.TempDir()); name != "" {
		t.Errorf("a temporary directory is on %q", name)
	}
}

func TestNetworkDriveIsRefused(t *testing.T) {
	err := checkNetwork("/home/ada/share", "nfs")
	if failure, ok := errors.AsType[*ledger.Error](err); !ok || failure.Kind != ledger.Network || len(failure.Next) == 0 {
		t.Errorf("got %v", err)
	}
	if err := checkNetwork("/home/ada/share", ""); err != nil {
		t.Error(err)
	}
}
