package doctor

import "golang.org/x/sys/windows"

// freeSpace returns the bytes that this user may still write in a directory.
func freeSpace(folder string) (bytes uint64, ok bool) {
	path, err := windows.UTF16PtrFromString(folder)
	if err != nil {
		return 0, false
	}
	err = windows.GetDiskFreeSpaceEx(path, &bytes, nil, nil)
	return bytes, err == nil
}
