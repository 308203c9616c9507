// SPDX-License-Identifier: Apache-2.0

// Package ssh is the engine of SSH: a shell of a remote host in a terminal, with file transfer beside it.
//
// [Protocol] has the parameters and the function that runs a connection. Its steps, a file each:
//
//	ssh.go      the terminal is shown, and users may join it; the rest happens within it
//	connect.go  dial, key exchange within the timeout, keep-alives
//	hostkey.go  the host key is checked against host-key, or against a file of known hosts
//	auth.go     none, public key, password, keyboard-interactive; what is missing is asked for in the terminal
//	shell.go    PTY, environment, shell or command, until it ends
//	users.go    what users do: keys, mouse, clipboard, files, settings
//	files.go    SFTP on a second channel; downloads that the shell starts
//	pipe.go     pipe streams of the terminal's console codes
//
// # Cancellation
//
// When the context ends the network connection is closed, which ends everything that waits for the server. Run leaves
// no goroutine behind.
//
// # Locks
//
// client.mu guards the users' views and what they are shown. It is not held while the terminal or the session is called.
package ssh
