// SPDX-License-Identifier: Apache-2.0

// Package display shows a remote screen to the users that watch it.
//
// An engine draws on a [Display]; each user has a [View], which turns what that user has
// not got yet into Guacamole instructions, at the pace that the user keeps up with:
//
//	engine                      Display                        View, one a user
//	Draw, Fill, Move,    ->     pixels, or a Painter     ->    damage, moves, pictures,
//	DrawInto, Damage,           that has them                  video
//	DrawPicture, DrawVideo      |                              |
//	Flush                ->     due? take a frame        <-    two frames in flight at most,
//	                            |                              60 a second, answers by Sync
//	                            plan, encode on a pool   ->    Sink.Send
//	Shown, Video         <-     what all views have, what one lacks
//
// In reading order:
//
//   - [Display] in display.go: what engines call, and the lock rules.
//   - screen.go: the size is that of one or several screens; a view may watch one of them.
//   - grid.go: damage, one rectangle in each cell of 64x64 pixels, merged for sending.
//   - move.go: copies within the screen, in order, made one where frames are skipped.
//   - scroll.go: moves that the engine was not told of.
//   - view.go: what is pending for one user, when its next frame is due, and its lag.
//   - frame.go: taking a frame (under the lock), rendering and sending it (without).
//   - tile.go: one picture of a frame, shared among users who need the same pixels.
//   - picture.go: rectangles that arrive compressed are sent as they are.
//   - video.go: access units of coded video, which are sent as they are, and must be. mask.go
//     has where video is seen, exactly: nobody here has the pixels.
//   - step.go: pictures and video wait for a view in their order.
//   - shown.go: [Display.FlushFrame] and which frames all views show.
//   - pump.go: [Display.Run].
//
// A frame holds, in this order: the size if it has changed, the cursor, moves as `copy`,
// ready-made pictures and video, and for each damaged tile, as far as it is not video, the
// first that fits: one colour as `rect` and `cfill`; at most 256 colours as PNG with a
// palette; other drawings as true colour PNG; what looks like a photograph and keeps
// changing as JPEG, in a quality that falls with the user's lag, and as PNG once it is still.
//
// Cancelling Run's context stops all sending; the display can still be drawn on.
package display
