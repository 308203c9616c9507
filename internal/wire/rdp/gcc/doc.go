// SPDX-License-Identifier: Apache-2.0

// Package gcc has the user data that client and server exchange while they connect: the
// conference create request and response ([T124], section 8.7) around lists of data blocks
// ([MS-RDPBCGR], sections 2.2.1.3 and 2.2.1.4).
//
// [ClientData] is what the client says and [ServerData] what the server answers. Each block
// has a header of type and length; blocks of unknown types are skipped.
package gcc

// BlockType is the type of a data block.
type BlockType uint16

// The types of blocks (section 2.2.1.3.1).
const (
	CSCore            BlockType = 0xC001
	CSSecurity        BlockType = 0xC002
	CSNet             BlockType = 0xC003
	CSCluster         BlockType = 0xC004
	CSMonitor         BlockType = 0xC005
	CSMCSMsgChannel   BlockType = 0xC006
	CSMonitorEx       BlockType = 0xC008
	CSMultitransport  BlockType = 0xC00A
	SCCore            BlockType = 0x0C01
	SCSecurity        BlockType = 0x0C02
	SCNet             BlockType = 0x0C03
	SCMCSMsgChannel   BlockType = 0x0C04
	SCMultitransport  BlockType = 0x0C08
	blockHeaderSize             = 4
	maxConferenceData           = 0x3FFF // a PER length of two bytes
)
