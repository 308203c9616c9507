// SPDX-License-Identifier: Apache-2.0

package filetransfer

import (
	"errors"
	"io"
	"os"

	"github.com/pkg/sftp"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// statuses are the codes of SSH_FXP_STATUS (draft-ietf-secsh-filexfer-13, section 9.1) as Guacamole has them. Those of
// missing files and permissions come as errors of os.
var statuses = map[uint32]guac.Status{
	6:  guac.UpstreamError,    // NO_CONNECTION
	7:  guac.UpstreamError,    // CONNECTION_LOST
	8:  guac.Unsupported,      // OP_UNSUPPORTED
	10: guac.ResourceNotFound, // NO_SUCH_PATH
	11: guac.ResourceConflict, // FILE_ALREADY_EXISTS
	12: guac.ClientForbidden,  // WRITE_PROTECT
	13: guac.ResourceNotFound, // NO_MEDIA
	14: guac.UpstreamError,    // NO_SPACE_ON_FILESYSTEM
	15: guac.ClientForbidden,  // QUOTA_EXCEEDED
	17: guac.ResourceConflict, // LOCK_CONFLICT
	19: guac.ResourceNotFound, // NOT_A_DIRECTORY
	20: guac.ClientBadRequest, // INVALID_FILENAME
	24: guac.ClientForbidden,  // FILE_IS_A_DIRECTORY
}

// wrap gives an error of the protocol its status; nil stays nil. what is the verb of what failed.
func wrap(what string, err error) error {
	var known *guac.Error
	var status *sftp.StatusError
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.Is(err, os.ErrNotExist):
		return guac.Errorf(guac.ResourceNotFound, "filetransfer: cannot %s: no such file", what)
	case errors.Is(err, os.ErrPermission):
		return guac.Errorf(guac.ClientForbidden, "filetransfer: cannot %s: permission denied", what)
	case errors.Is(err, io.ErrClosedPipe), errors.Is(err, sftp.ErrSSHFxConnectionLost):
		return guac.Errorf(guac.UpstreamError, "filetransfer: cannot %s: the connection is closed", what)
	case errors.As(err, &status):
		code, ok := statuses[status.Code]
		if !ok {
			code = guac.UpstreamError
		}
		return guac.Errorf(code, "filetransfer: cannot %s: %w", what, err)
	}
	return guac.Errorf(guac.UpstreamError, "filetransfer: cannot %s: %w", what, err)
}
