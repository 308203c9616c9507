// SPDX-License-Identifier: Apache-2.0

package cliprdr

import (
	"encoding/binary"
	"image"
	"image/color"
	"math/bits"
	"slices"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Sizes of the headers of a bitmap ([MS-WMF], sections 2.2.2.3, 2.2.2.4 and 2.2.2.5). Those
// with masks of their own but no colour space have 52 and 56 bytes.
const (
	infoHeaderSize   = 40
	masksHeaderSize  = 52
	alphaHeaderSize  = 56
	v4HeaderSize     = 108
	v5HeaderSize     = 124
	rgbMasksSize     = 12
	alphaMasksSize   = 16
	colorSize        = 4
	colorSpaceSRGB   = 0x73524742
	renderingPicture = 4
)

// Compressions of a bitmap. Those by run lengths, JPEG and PNG are refused.
const (
	compressionNone      = 0
	compressionMasks     = 3
	compressionAllMasks  = 6
	maskRed, maskGreen   = 0, 1
	maskBlue, maskAlpha  = 2, 3
	defaultRed           = 0x00FF0000
	defaultGreen         = 0x0000FF00
	defaultBlue          = 0x000000FF
	defaultAlpha         = 0xFF000000
	red555, green555     = 0x7C00, 0x03E0
	blue555              = 0x001F
	maxPaletteEntries    = 4096
	bitsOfTrueColorPixel = 32
)

const (
	// MaxDIBPixels bounds a picture: 128 MB once it is decoded.
	MaxDIBPixels = 32 << 20
	maxDIBSide   = 32767
)

// DIB is a bitmap without a file header: the data of KindDIB and KindDIBV5.
type DIB struct {
	Width, Height int

	topDown     bool
	bitCount    int
	compression uint32
	masks       [4]uint32
	palette     []byte
	bits        []byte
	stride      int
}

// ParseDIB reads the headers and finds the pixels, which alias b. Nothing is decoded yet.
func ParseDIB(b []byte) (DIB, error) {
	var d DIB
	r := field.NewReader("cliprdr: bitmap", b)
	size := r.U32("biSize")
	switch size {
	case infoHeaderSize, masksHeaderSize, alphaHeaderSize, v4HeaderSize, v5HeaderSize:
	default:
		r.Fail("biSize", "%d is unknown", size)
	}
	d.readSides(r)
	r.Skip("biPlanes", 2)
	d.bitCount, d.compression = int(r.U16("biBitCount")), r.U32("biCompression")
	r.Skip("biSizeImage", 12)
	used := r.Length("biClrUsed", maxPaletteEntries)
	r.Skip("biClrImportant", 4)
	d.readMasks(r, int(size))
	d.readPalette(r, used)
	if r.Err() != nil {
		return DIB{}, r.Err()
	}
	d.stride = (d.Width*d.bitCount + 31) / 32 * 4
	d.skipMasks(r, int(size))
	d.bits = r.Bytes("bits", d.stride*d.Height)
	return d, r.Err()
}

func (d *DIB) readSides(r *field.Reader) {
	width, height := int64(int32(r.U32("biWidth"))), int64(int32(r.U32("biHeight")))
	if height < 0 {
		d.topDown, height = true, -height
	}
	if width <= 0 || width > maxDIBSide {
		r.Fail("biWidth", "%d", width)
	}
	if height <= 0 || height > maxDIBSide || width*height > MaxDIBPixels {
		r.Fail("biHeight", "%d, with a width of %d", height, width)
	}
	d.Width, d.Height = int(width), int(height)
}

// readMasks reads the masks, which stand in the header or behind one that has none.
func (d *DIB) readMasks(r *field.Reader, size int) {
	count := 0
	switch {
	case size >= alphaHeaderSize:
		count = 4
	case size == masksHeaderSize:
		count = 3
	case d.compression == compressionMasks:
		count = 3
	case d.compression == compressionAllMasks:
		count = 4
	}
	for i := range count {
		d.masks[i] = r.U32([]string{"biRedMask", "biGreenMask", "biBlueMask", "biAlphaMask"}[i])
	}
	r.Skip("biCSType", max(0, size-alphaHeaderSize))
	switch {
	case d.compression == compressionMasks, d.compression == compressionAllMasks:
		if d.bitCount != 16 && d.bitCount != 32 {
			r.Fail("biBitCount", "%d with masks", d.bitCount)
		}
	case d.compression != compressionNone:
		r.Fail("biCompression", "%d is unknown", d.compression)
	case d.bitCount == 16:
		d.masks = [4]uint32{red555, green555, blue555, 0}
	case size < alphaHeaderSize:
		d.masks = [4]uint32{defaultRed, defaultGreen, defaultBlue, defaultAlpha}
	default:
		d.masks = [4]uint32{defaultRed, defaultGreen, defaultBlue, d.masks[maskAlpha] & defaultAlpha}
	}
}

func (d *DIB) readPalette(r *field.Reader, used int) {
	switch d.bitCount {
	case 1, 4, 8:
		if used == 0 || used > 1<<d.bitCount {
			used = 1 << d.bitCount
		}
	case 16, 24, 32:
	default:
		r.Fail("biBitCount", "%d", d.bitCount)
	}
	d.palette = r.Bytes("palette", used*colorSize)
}

// skipMasks passes over masks that some programs repeat behind a header that has them.
func (d *DIB) skipMasks(r *field.Reader, size int) {
	if size < masksHeaderSize || d.compression != compressionMasks || r.Len() < d.stride*d.Height+rgbMasksSize {
		return
	}
	again := *r
	for _, mask := range d.masks[:maskAlpha] {
		if again.U32("biRedMask") != mask {
			return
		}
	}
	*r = again
}

// Image decodes the picture. Alpha that is zero everywhere was never set: the picture is
// opaque then.
func (d DIB) Image() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, d.Width, d.Height))
	row := d.rowReader()
	for y := range d.Height {
		from := y
		if !d.topDown {
			from = d.Height - 1 - y
		}
		row(img.Pix[y*img.Stride:][:4*d.Width], d.bits[from*d.stride:][:d.stride])
	}
	opaque(img)
	return img
}

// rowReader returns what turns a row of the bitmap into pixels.
func (d DIB) rowReader() func(dst, src []byte) {
	switch d.bitCount {
	case 1, 4, 8:
		return d.paletteRow
	case 24:
		return trueColorRow
	}
	if d.bitCount == 32 && d.masks == [4]uint32{defaultRed, defaultGreen, defaultBlue, defaultAlpha} {
		return alphaRow
	}
	return d.maskRow
}

// trueColorRow reads three bytes a pixel.
func trueColorRow(dst, src []byte) {
	for x := range len(dst) / 4 {
		s := src[3*x : 3*x+3]
		dst[4*x], dst[4*x+1], dst[4*x+2], dst[4*x+3] = s[2], s[1], s[0], 0xFF
	}
}

// alphaRow reads four bytes a pixel, the usual form.
func alphaRow(dst, src []byte) {
	for ; len(dst) >= 4 && len(src) >= 4; dst, src = dst[4:], src[4:] {
		dst[0], dst[1], dst[2], dst[3] = src[2], src[1], src[0], src[3]
	}
}

func (d DIB) paletteRow(dst, src []byte) {
	perByte, mask := 8/d.bitCount, byte(1<<d.bitCount-1)
	for x := range len(dst) / 4 {
		shift := (perByte - 1 - x%perByte) * d.bitCount
		i := int(src[x/perByte]>>shift&mask) * colorSize
		pixel := [4]byte{0, 0, 0, 0xFF} // an index beyond the palette is black
		if i < len(d.palette) {
			pixel = [4]byte{d.palette[i+2], d.palette[i+1], d.palette[i], 0xFF}
		}
		copy(dst[4*x:], pixel[:])
	}
}

func (d DIB) maskRow(dst, src []byte) {
	size := d.bitCount / 8
	for x := range len(dst) / 4 {
		v := uint32(binary.LittleEndian.Uint16(src[size*x:]))
		if size == 4 {
			v = binary.LittleEndian.Uint32(src[4*x:])
		}
		dst[4*x], dst[4*x+1], dst[4*x+2] = sample(v, d.masks[maskRed]), sample(v, d.masks[maskGreen]), sample(v, d.masks[maskBlue])
		dst[4*x+3] = 0xFF
		if d.masks[maskAlpha] != 0 {
			dst[4*x+3] = sample(v, d.masks[maskAlpha])
		}
	}
}

// sample returns the bits of a mask, widened or narrowed to eight.
func sample(v, mask uint32) byte {
	if mask == 0 {
		return 0
	}
	shift := bits.TrailingZeros32(mask)
	top := uint64(mask >> shift)
	return byte((uint64(v&mask)>>shift*0xFF + top/2) / top)
}

func opaque(img *image.NRGBA) {
	for i := 3; i < len(img.Pix); i += 4 {
		if img.Pix[i] != 0 {
			return
		}
	}
	for i := 3; i < len(img.Pix); i += 4 {
		img.Pix[i] = 0xFF
	}
}

// AppendDIB appends a picture as KindDIB. The format knows no alpha: what shines through is
// white.
func AppendDIB(b []byte, img image.Image) ([]byte, error) {
	b, err := appendInfo(b, img, infoHeaderSize)
	if err != nil {
		return b, err
	}
	return appendPixels(b, img, overWhite), nil
}

// AppendDIBV5 appends a picture as KindDIBV5, with its alpha.
func AppendDIBV5(b []byte, img image.Image) ([]byte, error) {
	b, err := appendInfo(b, img, v5HeaderSize)
	if err != nil {
		return b, err
	}
	b = appendU32s(b, defaultRed, defaultGreen, defaultBlue, defaultAlpha, colorSpaceSRGB)
	b = append(b, make([]byte, 48)...) // end points and gammas, which sRGB leaves unused
	b = appendU32s(b, renderingPicture, 0, 0, 0)
	return appendPixels(b, img, func([]byte) {}), nil
}

func appendInfo(b []byte, img image.Image, size uint32) ([]byte, error) {
	width, height := img.Bounds().Dx(), img.Bounds().Dy()
	if width <= 0 || height <= 0 || width > maxDIBSide || height > maxDIBSide || width*height > MaxDIBPixels {
		return b, &field.Error{PDU: "cliprdr: bitmap", Field: "biWidth", Problem: img.Bounds().String()}
	}
	b = slices.Grow(b, int(size)+4*width*height)
	b = appendU32s(b, size, uint32(width), uint32(height), 1|bitsOfTrueColorPixel<<16, compressionNone)
	return appendU32s(b, uint32(4*width*height), 0, 0, 0, 0), nil
}

// appendPixels appends the rows from the last to the first, each changed before by a pass
// over its pixels in the order of an image.
func appendPixels(b []byte, img image.Image, change func(row []byte)) []byte {
	r := img.Bounds()
	row := make([]byte, 4*r.Dx())
	for y := r.Max.Y - 1; y >= r.Min.Y; y-- {
		readRow(row, img, y)
		change(row)
		start := len(b)
		b = append(b, row...)
		alphaRow(b[start:], row)
	}
	return b
}

// readRow reads a row of pixels that are not premultiplied.
func readRow(row []byte, img image.Image, y int) {
	r := img.Bounds()
	if n, ok := img.(*image.NRGBA); ok {
		copy(row, n.Pix[n.PixOffset(r.Min.X, y):])
		return
	}
	for x := r.Min.X; x < r.Max.X; x++ {
		c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
		copy(row[4*(x-r.Min.X):], []byte{c.R, c.G, c.B, c.A})
	}
}

// overWhite lays the pixels of a row on white.
func overWhite(row []byte) {
	for ; len(row) >= 4; row = row[4:] {
		if a := uint32(row[3]); a != 0xFF {
			for i, v := range row[:3] {
				row[i] = uint8((uint32(v)*a + 0xFF*(0xFF-a) + 127) / 0xFF)
			}
			row[3] = 0xFF
		}
	}
}
