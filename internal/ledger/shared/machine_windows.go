package shared

import (
	"os"
	"strconv"
	"syscall"
)

// identityOf returns what a file has and no copy of it: the time when it was created.
func identityOf(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	return strconv.FormatInt(info.Sys().(*syscall.Win32FileAttributeData).CreationTime.Nanoseconds(), 36), nil
}
