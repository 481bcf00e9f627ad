package file

import (
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

// networkName returns a word for the network drive that a directory is on; "" if it is local or not known.
func networkName(dir string) string {
	volume := filepath.VolumeName(dir)
	if strings.HasPrefix(volume, `\\`) && !strings.HasPrefix(volume, `\\?\`) && !strings.HasPrefix(volume, `\\.\`) {
		return "a share"
	}
	root, err := windows.UTF16PtrFromString(volume + `\`)
	if err != nil || windows.GetDriveType(root) != windows.DRIVE_REMOTE {
		return ""
	}
	return "drive " + volume
}
