// SPDX-License-Identifier: Apache-2.0

// Package audin is the client's side of audio input ([MS-RDPEAI]), a dynamic channel that
// carries what a microphone records:
//
//	server               client
//	version           →
//	                  ← version
//	sound formats     →
//	                  ← incoming data, sound formats
//	open              →
//	                  ← format change, open reply
//	                  ← incoming data, data: one packet, again and again
//	format change     →
//	                  ← format change
//
// [Client] takes whole messages of the channel. Once the server has opened the recording and
// [Client.Open] has answered it, [Client.Feed] makes packets of the size asked for out of
// audio of whatever length. The server ends a recording by closing the channel, and begins
// the next in a new one.
//
// Known limits: PCM only. Audio must be in the format that the event says; conversion is the
// caller's business.
package audin

// ChannelName is the name of the dynamic channel.
const ChannelName = "AUDIO_INPUT"

// Message types (section 2.2.1).
const (
	typeVersion      = 0x01
	typeFormats      = 0x02
	typeOpen         = 0x03
	typeOpenReply    = 0x04
	typeIncoming     = 0x05
	typeData         = 0x06
	typeFormatChange = 0x07
)

const (
	// version is what this client speaks at most.
	version = 2
	// maxFormats bounds a list of formats. Windows has some thirty.
	maxFormats = 1024
	// maxPacket bounds a packet in bytes, and so what waits for its packet to be full. It is
	// several seconds of audio; servers ask for some tens of milliseconds.
	maxPacket = 1 << 20
	// maxChannels is as many as PCM has without a mask of speakers, and more than microphones
	// have.
	maxChannels = 8
)
