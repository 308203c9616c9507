// SPDX-License-Identifier: Apache-2.0

package cliprdr

// Event is what Handle tells: Ready, Offered, Data, FileContents, FileRequest, Accepted or
// Unlocked.
type Event interface{ event() }

// Ready says that the channel is open, at the beginning and each time the host begins anew.
// Requests of before will have no answer.
type Ready struct{}

// Offered says that something was copied on the host.
type Offered struct {
	// Kinds are the formats of it that can be asked for, in the host's order. It is empty if
	// the host's clipboard was cleared or has nothing that is known here.
	Kinds []Kind
	// Formats are all of them, for a log.
	Formats []Format
}

// Data answers a Request.
type Data struct {
	Kind Kind
	// OK is false if the host could not give it.
	OK bool
	// Data is valid until the next message.
	Data []byte
	// Echo says that it is what this side offers: the host's clipboard has what was copied
	// here, and it is not to be sent back to where it came from.
	Echo bool
}

// FileContents answers a RequestSize or a RequestRange.
type FileContents struct {
	Stream uint32
	OK     bool
	// Size is the answer to a RequestSize.
	Size uint64
	// Data is the answer to a RequestRange: less than was asked for at the end of the file.
	// It is valid until the next message.
	Data []byte
}

// FileRequest is the host's wish for a part of a file that this side offers. It is to be
// answered with AnswerFile or RefuseFile, in any order.
type FileRequest struct {
	Stream uint32
	// Offer is the number of the offer, Index counts its files.
	Offer  uint32
	Index  int
	Offset uint64
	Length int
}

// Accepted is the host's answer to an Offer of this side.
type Accepted struct {
	// OK is false if the host's clipboard was busy, say. The offer can be made again.
	OK bool
}

// Unlocked says that the host has let go of the files of an offer: see Holds.
type Unlocked struct {
	Offer uint32
}

func (Ready) event()        {}
func (Offered) event()      {}
func (Data) event()         {}
func (FileContents) event() {}
func (FileRequest) event()  {}
func (Accepted) event()     {}
func (Unlocked) event()     {}
