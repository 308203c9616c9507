// SPDX-License-Identifier: Apache-2.0

package cliprdr_test

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/cliprdr"
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/svc"
)

var filesFormat = cliprdr.Format{ID: 0xC0BC, Name: "FileGroupDescriptorW"}

func TestFilesOfTheHost(t *testing.T) {
	dialogues(t, func(h *host) {
		h.begins(all)
		h.copies([]cliprdr.Kind{cliprdr.KindFiles}, filesFormat, cliprdr.Format{ID: 0xC0BD, Name: "FileContents"})
		lock, err := h.client.RequestFiles(&h.out)
		if err != nil || lock == 0 {
			t.Fatalf("lock %d, %v", lock, err)
		}
		h.gets("lock before the list", cliprdr.Lock{ID: lock}, cliprdr.FormatDataRequest{ID: 0xC0BC})
		list := []cliprdr.FileDescriptor{
			{Flags: cliprdr.HasAttributes, Attributes: cliprdr.AttributeDirectory, Name: "dir"}, {Name: `dir\a.txt`}, {Name: `..\b.txt`},
		}
		data, ok := h.sends(cliprdr.FormatDataResponse{OK: true, Data: cliprdr.AppendFileList(nil, list)}).(cliprdr.Data)
		if !ok || data.Kind != cliprdr.KindFiles {
			t.Fatalf("file list %+v", data)
		}
		files, err := cliprdr.ParseFileList(data.Data)
		if err != nil || len(files) != 3 || !files[0].Directory() || files[1].Path() != "dir/a.txt" || files[2].Path() != "b.txt" {
			t.Fatalf("%+v, %v", files, err)
		}

		// Several requests are under way, and something else is copied meanwhile.
		size := h.stream(h.client.RequestSize(&h.out, 1, lock))
		one := h.stream(h.client.RequestRange(&h.out, 1, 0, 4, lock))
		two := h.stream(h.client.RequestRange(&h.out, 2, 1<<33, 65536, lock))
		h.gets("three requests",
			cliprdr.FileContentsRequest{Stream: size, Index: 1, Operation: 1, Length: 8, Lock: lock, Locked: true},
			cliprdr.FileContentsRequest{Stream: one, Index: 1, Operation: 2, Length: 4, Lock: lock, Locked: true},
			cliprdr.FileContentsRequest{Stream: two, Index: 2, Operation: 2, Offset: 1 << 33, Length: 65536, Lock: lock, Locked: true})
		h.copies([]cliprdr.Kind{cliprdr.KindUnicodeText}, textFormat)
		h.tells("the last first", cliprdr.FileContentsResponse{OK: true, Stream: two, Data: []byte("huge")}, cliprdr.FileContents{Stream: two, OK: true, Data: []byte("huge")})
		h.tells("the size", cliprdr.FileContentsResponse{OK: true, Stream: size, Data: binary.LittleEndian.AppendUint64(nil, 1<<34)},
			cliprdr.FileContents{Stream: size, OK: true, Size: 1 << 34})
		h.tells("a failure", cliprdr.FileContentsResponse{Stream: one}, cliprdr.FileContents{Stream: one})
		h.tells("an answer twice", cliprdr.FileContentsResponse{OK: true, Stream: one, Data: []byte("more")}, nil)
		h.client.Unlock(&h.out, lock)
		h.gets("unlock", cliprdr.Unlock{ID: lock})
	})
}

func (h *host) stream(stream uint32, err error) uint32 {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
	return stream
}

func TestAnswersOfTheHostThatAreWrong(t *testing.T) {
	h := &host{t: t, client: &cliprdr.Client{Files: true}, chunk: svc.ChunkSize}
	h.begins(cliprdr.UseLongFormatNames | cliprdr.StreamFileClip)
	h.copies([]cliprdr.Kind{cliprdr.KindFiles}, filesFormat)
	if lock, err := h.client.RequestFiles(&h.out); lock != 0 || err != nil {
		t.Errorf("lock %d of a host without locks, %v", lock, err)
	}
	h.gets("the list", cliprdr.FormatDataRequest{ID: 0xC0BC})
	h.client.Unlock(&h.out, 0)
	h.gets("nothing to unlock")
	size := h.stream(h.client.RequestSize(&h.out, 0, 0))
	part := h.stream(h.client.RequestRange(&h.out, 0, 0, 4, 0))
	gone := h.stream(h.client.RequestRange(&h.out, 0, 0, 4, 0))
	h.client.Forget(gone)
	for stream, data := range map[uint32]string{size: "1234567", part: "12345"} {
		event, err := h.sendsBytes(cliprdr.FileContentsResponse{OK: true, Stream: stream, Data: []byte(data)}.Append(nil))
		if diff := cmp.Diff(cliprdr.Event(cliprdr.FileContents{Stream: stream}), event); diff != "" || err == nil {
			t.Errorf("%q: %v, event (-want +got):\n%s", data, err, diff)
		}
	}
	h.tells("what was forgotten", cliprdr.FileContentsResponse{OK: true, Stream: gone, Data: []byte("1234")}, nil)
	for name, request := range map[string]func() (uint32, error){
		"a negative file":   func() (uint32, error) { return h.client.RequestSize(&h.out, -1, 0) },
		"a negative length": func() (uint32, error) { return h.client.RequestRange(&h.out, 0, 0, -1, 0) },
		"a large length":    func() (uint32, error) { return h.client.RequestRange(&h.out, 0, 0, cliprdr.MaxRange+1, 0) },
		"a huge file":       func() (uint32, error) { return h.client.RequestRange(&h.out, 0, 1<<32, 1, 0) },
	} {
		if stream, err := request(); err == nil {
			t.Errorf("%s: stream %d", name, stream)
		}
	}
	for range cliprdr.MaxStreams {
		h.stream(h.client.RequestSize(&h.out, 0, 0))
	}
	if stream, err := h.client.RequestSize(&h.out, 0, 0); err == nil {
		t.Errorf("stream %d above the limit", stream)
	}
}

// offered are the files of this side in the tests below.
var offered = cliprdr.Offer{Files: []cliprdr.File{{Path: "dir", Directory: true}, {Path: "dir/a.txt", Size: 10}, {Path: "huge", Size: 1 << 33}}}

func TestFilesOfThisSideAreRead(t *testing.T) {
	dialogues(t, func(h *host) {
		h.begins(all)
		first := h.offer(offered)
		h.gets("this side copies", cliprdr.FormatList{Formats: []cliprdr.Format{{ID: 0xD013, Name: "FileGroupDescriptorW"}}})
		h.accepts()
		h.tells("lock", cliprdr.Lock{ID: 5}, nil)
		h.sends(cliprdr.FormatDataRequest{ID: 0xD013})
		var list []cliprdr.FileDescriptor
		for _, f := range offered.Files {
			d, err := f.Descriptor()
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, d)
		}
		h.gets("the list", cliprdr.FormatDataResponse{OK: true, Data: cliprdr.AppendFileList(nil, list)})

		size := func(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }
		ask := cliprdr.FileContentsRequest{Operation: 2, Lock: 5, Locked: true}
		with := func(change func(p *cliprdr.FileContentsRequest)) cliprdr.FileContentsRequest {
			p := ask
			change(&p)
			return p
		}
		for _, tc := range []struct {
			name string
			ask  cliprdr.FileContentsRequest
			want cliprdr.FileContentsResponse
		}{
			{"a size", with(func(p *cliprdr.FileContentsRequest) { p.Index, p.Operation = 2, 1 }), cliprdr.FileContentsResponse{OK: true, Data: size(1 << 33)}},
			{"a directory", with(func(p *cliprdr.FileContentsRequest) { p.Length = 8 }), cliprdr.FileContentsResponse{}},
			{"a file that is not there", with(func(p *cliprdr.FileContentsRequest) { p.Index = 3 }), cliprdr.FileContentsResponse{}},
			{"a negative index", with(func(p *cliprdr.FileContentsRequest) { p.Index = -1 }), cliprdr.FileContentsResponse{}},
			{"no operation", with(func(p *cliprdr.FileContentsRequest) { p.Index, p.Operation = 1, 0 }), cliprdr.FileContentsResponse{}},
			{"both operations", with(func(p *cliprdr.FileContentsRequest) { p.Index, p.Operation = 1, 3 }), cliprdr.FileContentsResponse{}},
			{"beyond the end", with(func(p *cliprdr.FileContentsRequest) { p.Index, p.Offset, p.Length = 1, 10, 8 }), cliprdr.FileContentsResponse{OK: true, Data: []byte{}}},
			{"far beyond the end", with(func(p *cliprdr.FileContentsRequest) { p.Index, p.Offset, p.Length = 1, 1<<64-1, 8 }), cliprdr.FileContentsResponse{OK: true, Data: []byte{}}},
			{"a lock that is not there", with(func(p *cliprdr.FileContentsRequest) { p.Index, p.Lock = 1, 6 }), cliprdr.FileContentsResponse{}},
		} {
			h.tells(tc.name, tc.ask, nil)
			h.gets(tc.name, tc.want)
		}

		// Parts are asked for before and after something else is copied here.
		h.tells("the first part", cliprdr.FileContentsRequest{Stream: 1, Index: 1, Operation: 2, Offset: 4, Length: 100, Lock: 5, Locked: true},
			cliprdr.FileRequest{Stream: 1, Offer: first, Index: 1, Offset: 4, Length: 6})
		second := h.offer(textOffer("other"))
		h.out.Reset()
		h.tells("a part of what is locked", cliprdr.FileContentsRequest{Stream: 2, Index: 2, Operation: 2, Offset: 1 << 32, Length: 1 << 30, Lock: 5, Locked: true},
			cliprdr.FileRequest{Stream: 2, Offer: first, Index: 2, Offset: 1 << 32, Length: cliprdr.MaxRange})
		h.tells("a stream twice", cliprdr.FileContentsRequest{Stream: 2, Index: 2, Operation: 2, Length: 1, Lock: 5, Locked: true}, nil)
		h.gets("a stream twice", cliprdr.FileContentsResponse{Stream: 2})
		h.tells("what is not locked", cliprdr.FileContentsRequest{Stream: 3, Index: 1, Operation: 2, Length: 1}, nil)
		h.gets("what is not locked", cliprdr.FileContentsResponse{Stream: 3})

		h.tells("unlock", cliprdr.Unlock{ID: 5}, cliprdr.Unlocked{Offer: first})
		if !h.client.Holds(first) || !h.client.Holds(second) {
			t.Error("files are let go that are still to be read")
		}
		if err := h.client.AnswerFile(&h.out, 1, []byte("1234567")); err == nil {
			t.Error("more than was asked for is sent")
		}
		h.client.RefuseFile(&h.out, 2)
		h.gets("the second is refused", cliprdr.FileContentsResponse{Stream: 2})
		if err := h.client.AnswerFile(&h.out, 1, []byte("123456")); err != nil {
			t.Error(err)
		}
		h.gets("the first is answered last", cliprdr.FileContentsResponse{OK: true, Stream: 1, Data: []byte("123456")})
		if h.client.Holds(first) {
			t.Error("files are kept that nobody can ask for")
		}
		h.client.RefuseFile(&h.out, 2)
		if err := h.client.AnswerFile(&h.out, 1, nil); err == nil || h.out.Len() != 0 {
			t.Error("a request is answered twice")
		}
		h.tells("unlock again", cliprdr.Unlock{ID: 5}, nil)
	})
}

func TestTheHostsRequestsAreBounded(t *testing.T) {
	h := &host{t: t, client: &cliprdr.Client{Files: true}, chunk: svc.ChunkSize}
	h.begins(all)
	first := h.offer(offered)
	h.out.Reset()
	for id := range uint32(100) {
		h.sends(cliprdr.Lock{ID: id})
	}
	h.sends(cliprdr.FileContentsRequest{Stream: 1, Index: 1, Operation: 1, Lock: 99, Locked: true})
	h.gets("a lock above the limit", cliprdr.FileContentsResponse{Stream: 1})
	for stream := range uint32(cliprdr.MaxStreams) {
		if event := h.sends(cliprdr.FileContentsRequest{Stream: stream, Index: 1, Operation: 2, Length: 1}); event == nil {
			t.Fatalf("stream %d is refused", stream)
		}
	}
	h.sends(cliprdr.FileContentsRequest{Stream: cliprdr.MaxStreams, Index: 1, Operation: 2, Length: 1})
	h.gets("a stream above the limit", cliprdr.FileContentsResponse{Stream: cliprdr.MaxStreams})
	h.offer(cliprdr.Offer{})
	if !h.client.Holds(first) {
		t.Error("files are let go that are locked")
	}
}
