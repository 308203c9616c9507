// SPDX-License-Identifier: Apache-2.0

// Package rdpsnd is the client's side of audio output ([MS-RDPEA]), in the static channel
// rdpsnd or a dynamic one:
//
//	server                        client
//	server audio formats        →
//	                            ← client audio formats, quality mode
//	training                    →
//	                            ← training confirm
//	wave info and wave, or wave2 →
//	                            ← wave confirm, for each
//	volume, close               →
//
// [Client] takes whole messages of the channel and tells what is to be played. A server
// stops sending if waves are not confirmed. Audio by UDP is not offered.
package rdpsnd

// ChannelName is the name of the static channel, DynamicChannelName and
// LossyDynamicChannelName those of the dynamic ones.
const (
	ChannelName             = "rdpsnd"
	DynamicChannelName      = "AUDIO_PLAYBACK_DVC"
	LossyDynamicChannelName = "AUDIO_PLAYBACK_LOSSY_DVC"
)

// Message types (section 2.2.1).
const (
	typeClose       = 0x01
	typeWave        = 0x02
	typeVolume      = 0x03
	typePitch       = 0x04
	typeWaveConfirm = 0x05
	typeTraining    = 0x06
	typeFormats     = 0x07
	typeQualityMode = 0x0C
	typeWave2       = 0x0D
)

const (
	// version is what this client speaks.
	version = 8
	// qualityVersion is the first version with a quality mode.
	qualityVersion = 6
	qualityHigh    = 2

	capAlive  = 1
	capVolume = 2

	headerSize   = 4
	waveInfoSize = 8
	wave2Size    = 12
	// firstData are the bytes of a wave that the wave info has, which the wave leaves room for.
	firstData = 4
)
