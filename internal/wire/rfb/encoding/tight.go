// SPDX-License-Identifier: Apache-2.0

package encoding

import (
	"fmt"
	"image"
	"image/color"
	"io"
)

// Compression control of a Tight rectangle: the low four bits reset zlib streams, the
// high four say what follows (RFB protocol, "Tight Encoding").
const (
	tightFill        = 8
	tightJPEG        = 9
	tightMaxBasic    = 7
	tightExplicit    = 4 // a filter id follows
	tightMinCompress = 12
	// maxPicture bounds a JPEG; its length has 22 bits.
	maxPicture = 1 << 22
)

// Filters of basic compression.
const (
	filterCopy     = 0
	filterPalette  = 1
	filterGradient = 2
)

func (d *Decoder) decodeTight(r Reader, rect image.Rectangle, sink Sink) error {
	control, err := r.ReadByte()
	if err != nil {
		return err
	}
	for i := range d.tight {
		if control&(1<<i) != 0 {
			d.tight[i].reset()
		}
	}
	switch kind := control >> 4; {
	case kind == tightFill:
		c, err := d.tightPixel(r)
		if err != nil {
			return err
		}
		sink.Fill(rect, c)
		return nil
	case kind == tightJPEG:
		return d.tightPicture(r, rect, "image/jpeg", sink)
	case kind <= tightMaxBasic:
		return d.tightBasic(r, rect, kind, sink)
	default:
		return fmt.Errorf("compression control %#x", control)
	}
}

func (d *Decoder) tightPicture(r Reader, rect image.Rectangle, mimetype string, sink Sink) error {
	n, err := compactLength(r)
	if err != nil {
		return err
	}
	if n == 0 || n >= maxPicture {
		return fmt.Errorf("picture of %d bytes", n)
	}
	data := make([]byte, n) // the sink may keep it
	if _, err := io.ReadFull(r, data); err != nil {
		return err
	}
	sink.Picture(rect, mimetype, data)
	return nil
}

// tightBasic reads basic compression: an optional filter, then pixels, inflated unless
// they are few.
func (d *Decoder) tightBasic(r Reader, rect image.Rectangle, kind byte, sink Sink) error {
	filter := byte(filterCopy)
	if kind&tightExplicit != 0 {
		var err error
		if filter, err = r.ReadByte(); err != nil {
			return err
		}
	}
	stream := int(kind & 3)
	switch filter {
	case filterCopy:
		return d.tightCopy(r, rect, stream, sink)
	case filterPalette:
		return d.tightPalette(r, rect, stream, sink)
	case filterGradient:
		return d.tightGradient(r, rect, stream, sink)
	default:
		return fmt.Errorf("filter %d", filter)
	}
}

// tightData calls read with the reader of the rectangle's n bytes of filtered data.
func (d *Decoder) tightData(r Reader, stream, n int, read func(src io.Reader) error) error {
	if n < tightMinCompress {
		return read(r)
	}
	length, err := compactLength(r)
	if err != nil {
		return err
	}
	z := &d.tight[stream]
	if err := z.next(r, length); err != nil {
		return err
	}
	if err := read(z); err != nil {
		return err
	}
	return z.finish()
}

func (d *Decoder) tightCopy(r Reader, rect image.Rectangle, stream int, sink Sink) error {
	format, size := d.tightPixels()
	return d.tightData(r, stream, rect.Dx()*rect.Dy()*size, func(src io.Reader) error {
		if rect.Empty() {
			return nil
		}
		return d.bands(rect, format, size, sink, src)
	})
}

// tightPalette reads number of colours less one, the colours, and indices of 1 bit for
// two colours, else of 8.
func (d *Decoder) tightPalette(r Reader, rect image.Rectangle, stream int, sink Sink) error {
	b, err := r.ReadByte()
	if err != nil {
		return err
	}
	colours := int(b) + 1
	for i := range colours {
		if d.palette[i], err = d.tightPixel(r); err != nil {
			return err
		}
	}
	bits := 8
	if colours <= 2 {
		bits = 1
	}
	rowBytes := (rect.Dx()*bits + 7) / 8
	return d.tightData(r, stream, rowBytes*rect.Dy(), func(src io.Reader) error {
		return d.rows(rect, rowBytes, sink, func(pix, row []byte) error {
			if _, err := io.ReadFull(src, row); err != nil {
				return err
			}
			return unpack(pix, row, bits, d.palette[:colours])
		})
	})
}

// rows decodes rect row by row, each from rowBytes of data, and hands them on in bands.
func (d *Decoder) rows(rect image.Rectangle, rowBytes int, sink Sink, decode func(pix, row []byte) error) error {
	if rect.Empty() {
		return nil
	}
	stride := 4 * rect.Dx()
	step := max(1, bandBytes/stride)
	row := grow(&d.src, rowBytes)
	for y := rect.Min.Y; y < rect.Max.Y; y += step {
		band := image.Rect(rect.Min.X, y, rect.Max.X, min(y+step, rect.Max.Y))
		pix := grow(&d.pix, stride*band.Dy())
		for i := range band.Dy() {
			if err := decode(pix[i*stride:(i+1)*stride], row); err != nil {
				return err
			}
		}
		sink.Pixels(band, pix, stride)
	}
	return nil
}

// tightGradient reads the differences from a prediction: left + above - above left.
func (d *Decoder) tightGradient(r Reader, rect image.Rectangle, stream int, sink Sink) error {
	format, size := d.tightPixels()
	if size != 3 {
		return fmt.Errorf("gradient filter with %d bits per pixel", d.format.BitsPerPixel)
	}
	rowBytes := 3 * rect.Dx()
	above := grow(&d.above, rowBytes)
	clear(above)
	return d.tightData(r, stream, rowBytes*rect.Dy(), func(src io.Reader) error {
		return d.rows(rect, rowBytes, sink, func(pix, row []byte) error {
			if _, err := io.ReadFull(src, row); err != nil {
				return err
			}
			ungradient(row, above)
			copy(above, row)
			format.toRGBA(pix, row, size)
			return nil
		})
	})
}

func ungradient(row, above []byte) {
	var left, aboveLeft [3]int
	for x := 0; x < len(row); x += 3 {
		for c := range 3 {
			up := int(above[x+c])
			predicted := min(max(left[c]+up-aboveLeft[c], 0), 255)
			row[x+c] += byte(predicted)
			left[c], aboveLeft[c] = int(row[x+c]), up
		}
	}
}

// tightPixels returns how a TPIXEL is laid out, and its bytes: R, G and B where the format
// has 8 bits of each.
func (d *Decoder) tightPixels() (format PixelFormat, size int) {
	f := d.format
	if f.BitsPerPixel == 32 && f.Depth == 24 && f.RedMax == 255 && f.GreenMax == 255 && f.BlueMax == 255 {
		return d.rgb, 3
	}
	return f, f.size()
}

func (d *Decoder) tightPixel(r io.Reader) (color.RGBA, error) {
	format, n := d.tightPixels()
	b := d.small[:n]
	if _, err := io.ReadFull(r, b); err != nil {
		return color.RGBA{}, err
	}
	return format.rgba(format.value(b, n)), nil
}

// compactLength reads a length of 1 to 3 bytes, 7, 7 and 8 bits of it.
func compactLength(r io.ByteReader) (int, error) {
	n := 0
	for shift := 0; shift <= 14; shift += 7 {
		b, err := r.ReadByte()
		if err != nil {
			return 0, err
		}
		if shift == 14 {
			return n | int(b)<<shift, nil
		}
		n |= int(b&127) << shift
		if b < 128 {
			break
		}
	}
	return n, nil
}
