// SPDX-License-Identifier: Apache-2.0

// Package ssh is the engine of SSH: a shell of a remote host in a terminal, with file transfer beside it.
//
// [Protocol] has the parameters and the function that runs a connection. What users see and do is that of package
// console; this package is its wire. Its steps, a file each:
//
//	ssh.go      the console is shown; the rest happens within it
//	connect.go  dial, key exchange within the timeout, keep-alives
//	hostkey.go  the host key is checked against host-key, or against a file of known hosts
//	auth.go     none, public key, password, keyboard-interactive; what is missing is asked for in the terminal
//	shell.go    PTY, environment, shell or command, until it ends
//	files.go    SFTP on a second channel; downloads that the shell starts
//
// # Cancellation
//
// When the context ends the network connection is closed, which ends everything that waits for the server. Run leaves
// no goroutine behind.
package ssh
