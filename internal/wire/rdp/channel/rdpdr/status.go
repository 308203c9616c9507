// SPDX-License-Identifier: Apache-2.0

package rdpdr

import "fmt"

// Status is an NTSTATUS ([MS-ERREF] section 2.3.1).
type Status uint32

// The statuses that completions need. For a file that is not there it is StatusNoSuchFile:
// xrdp takes StatusObjectNameNotFound for a broken drive.
const (
	StatusSuccess               Status = 0x00000000
	StatusNotifyCleanup         Status = 0x0000010B
	StatusNotifyEnumDir         Status = 0x0000010C
	StatusBufferOverflow        Status = 0x80000005
	StatusNoMoreFiles           Status = 0x80000006
	StatusDeviceOffLine         Status = 0x80000010
	StatusUnsuccessful          Status = 0xC0000001
	StatusInvalidHandle         Status = 0xC0000008
	StatusInvalidParameter      Status = 0xC000000D
	StatusNoSuchDevice          Status = 0xC000000E
	StatusNoSuchFile            Status = 0xC000000F
	StatusInvalidDeviceRequest  Status = 0xC0000010
	StatusEndOfFile             Status = 0xC0000011
	StatusAccessDenied          Status = 0xC0000022
	StatusObjectNameInvalid     Status = 0xC0000033
	StatusObjectNameNotFound    Status = 0xC0000034
	StatusObjectNameCollision   Status = 0xC0000035
	StatusObjectPathNotFound    Status = 0xC000003A
	StatusSharingViolation      Status = 0xC0000043
	StatusFileLockConflict      Status = 0xC0000054
	StatusLockNotGranted        Status = 0xC0000055
	StatusDeletePending         Status = 0xC0000056
	StatusDiskFull              Status = 0xC000007F
	StatusInsufficientResources Status = 0xC000009A
	StatusMediaWriteProtected   Status = 0xC00000A2
	StatusFileIsADirectory      Status = 0xC00000BA
	StatusNotSupported          Status = 0xC00000BB
	StatusDirectoryNotEmpty     Status = 0xC0000101
	StatusNotADirectory         Status = 0xC0000103
	StatusNameTooLong           Status = 0xC0000106
	StatusTooManyOpenedFiles    Status = 0xC000011F
	StatusCancelled             Status = 0xC0000120
	StatusCannotDelete          Status = 0xC0000121
	StatusFileClosed            Status = 0xC0000128
)

var statusNames = map[Status]string{
	StatusSuccess: "SUCCESS", StatusNotifyCleanup: "NOTIFY_CLEANUP", StatusNotifyEnumDir: "NOTIFY_ENUM_DIR",
	StatusBufferOverflow: "BUFFER_OVERFLOW", StatusNoMoreFiles: "NO_MORE_FILES", StatusDeviceOffLine: "DEVICE_OFF_LINE",
	StatusUnsuccessful: "UNSUCCESSFUL", StatusInvalidHandle: "INVALID_HANDLE", StatusInvalidParameter: "INVALID_PARAMETER",
	StatusNoSuchDevice: "NO_SUCH_DEVICE", StatusNoSuchFile: "NO_SUCH_FILE", StatusInvalidDeviceRequest: "INVALID_DEVICE_REQUEST",
	StatusEndOfFile: "END_OF_FILE", StatusAccessDenied: "ACCESS_DENIED", StatusObjectNameInvalid: "OBJECT_NAME_INVALID",
	StatusObjectNameNotFound: "OBJECT_NAME_NOT_FOUND", StatusObjectNameCollision: "OBJECT_NAME_COLLISION",
	StatusObjectPathNotFound: "OBJECT_PATH_NOT_FOUND", StatusSharingViolation: "SHARING_VIOLATION",
	StatusFileLockConflict: "FILE_LOCK_CONFLICT", StatusLockNotGranted: "LOCK_NOT_GRANTED", StatusDeletePending: "DELETE_PENDING",
	StatusDiskFull: "DISK_FULL", StatusInsufficientResources: "INSUFFICIENT_RESOURCES",
	StatusMediaWriteProtected: "MEDIA_WRITE_PROTECTED", StatusFileIsADirectory: "FILE_IS_A_DIRECTORY",
	StatusNotSupported: "NOT_SUPPORTED", StatusDirectoryNotEmpty: "DIRECTORY_NOT_EMPTY", StatusNotADirectory: "NOT_A_DIRECTORY",
	StatusNameTooLong: "NAME_TOO_LONG", StatusTooManyOpenedFiles: "TOO_MANY_OPENED_FILES", StatusCancelled: "CANCELLED",
	StatusCannotDelete: "CANNOT_DELETE", StatusFileClosed: "FILE_CLOSED",
}

// String returns the name of the specification, without its prefix.
func (s Status) String() string {
	if name, ok := statusNames[s]; ok {
		return name
	}
	return fmt.Sprintf("0x%08X", uint32(s))
}

// Failed reports whether a request came to nothing: the top bit is set for errors and for
// warnings, of which no more files is one.
func (s Status) Failed() bool { return s>>31 != 0 }
