// SPDX-License-Identifier: Apache-2.0

// Package filetransfer shows the files of a remote host to the users of a session.
//
// [SFTP] is a filesystem object over the SSH file transfer protocol (draft-ietf-secsh-filexfer-02, version 3, which is
// what OpenSSH speaks): users list, download and upload below its root. [SFTP.Upload] stores files that are dropped onto
// the display, [SFTP.Download] sends a file that the remote host offers.
//
// # Confinement
//
// A user's path is cleaned, so that it cannot climb above the root, and its links are resolved by the server: what they
// lead to must be below the root as well. Between that check and the use of the file the remote side may replace it;
// the root keeps users of the browser to a part of the files, it is no defence of the remote host against itself.
//
// # Memory
//
// Transfers are streams: at most a quarter of a megabyte of each waits in memory. Transfers end with their user; requests
// that the server does not answer end when the connection under the SFTP is closed.
package filetransfer
