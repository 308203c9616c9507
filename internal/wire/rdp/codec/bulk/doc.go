// SPDX-License-Identifier: Apache-2.0

// Package bulk decompresses the bulk compression of share data, fast-path updates and static
// virtual channels (MS-RDPBCGR, section 3.1.8, and MS-RDPEGDI, section 3.1.8): MPPC with a
// history of 8 KB (RDP 4.0) or 64 KB (RDP 5.0), NCRUSH (RDP 6.0) and XCRUSH (RDP 6.1).
//
// A [Decompressor] serves one direction of a connection, and every PDU that has compression
// flags must pass through it, since flags of one that is not compressed may still reset the
// history. A history is allocated when its type is first used.
//
// Speed, one core of the project's machine:
//
//	BenchmarkDecompress/MPPC_8K    240 MB/s   no target: compression is not asked for by default
//	BenchmarkDecompress/MPPC_64K   240 MB/s
//	BenchmarkDecompress/NCRUSH     230 MB/s
//	BenchmarkDecompress/XCRUSH     820 MB/s
package bulk
