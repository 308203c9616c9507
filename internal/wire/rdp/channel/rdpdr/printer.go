// SPDX-License-Identifier: Apache-2.0

package rdpdr

import (
	"strconv"
	"strings"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// DefaultDriver is a driver that every Windows has; what it prints is PostScript.
const DefaultDriver = "MS Publisher Imagesetter"

// PrinterFlags are the flags of an announced printer ([MS-RDPEPC] section 2.2.2.1).
type PrinterFlags uint32

// Flags of a printer.
const (
	// PrinterASCII says that the names are not in UTF-16.
	PrinterASCII PrinterFlags = 1 << iota
	PrinterDefault
	PrinterNetwork
	// PrinterTS is a printer that is itself redirected.
	PrinterTS
	// PrinterXPS takes jobs in XPS too.
	PrinterXPS
)

// PrinterData is the device data of a printer (DR_PRN_DEVICE_ANNOUNCE, [MS-RDPEPC] section
// 2.2.2.1).
type PrinterData struct {
	Flags PrinterFlags
	// PnPName is for a server that has no driver of that name; it may be empty.
	PnPName string
	Driver  string
	Name    string
	// Config are the settings that a server asked to keep (see [PrinterCache]).
	Config []byte
}

// Printer returns a printer. The driver is DefaultDriver unless said otherwise.
func Printer(id uint32, p PrinterData) Device {
	if p.Driver == "" {
		p.Driver = DefaultDriver
	}
	return Device{Type: TypePrinter, ID: id, DosName: "PRN" + strconv.FormatUint(uint64(id%10000), 10), Data: p.Append(nil)}
}

// ParsePrinterData reads the device data of a printer.
func ParsePrinterData(b []byte) (PrinterData, error) {
	r := field.NewReader("rdpdr: printer announce", b)
	p := PrinterData{Flags: PrinterFlags(r.U32("Flags"))}
	if p.Flags&PrinterASCII != 0 {
		r.Fail("Flags", "0x%X: names that are not UTF-16", uint32(p.Flags))
	}
	r.Skip("CodePage", 4)
	pnp, driver := r.Length("PnPNameLen", maxPath), r.Length("DriverNameLen", maxPath)
	name, config := r.Length("PrintNameLen", maxPath), r.Length("CachedFieldsLen", maxConfig)
	p.PnPName, p.Driver, p.Name = r.UTF16("PnPName", pnp), r.UTF16("DriverName", driver), r.UTF16("PrinterName", name)
	p.Config = r.Bytes("CachedPrinterConfigData", config)
	return p, r.Err()
}

// Append appends the device data.
func (p PrinterData) Append(b []byte) []byte {
	pnp, driver, name := optionalString(p.PnPName), optionalString(p.Driver), optionalString(p.Name)
	b = append32(b, uint32(p.Flags), 0, uint32(len(pnp)), uint32(len(driver)), uint32(len(name)), uint32(len(p.Config)))
	return append(append(append(append(b, pnp...), driver...), name...), p.Config...)
}

func optionalString(s string) []byte {
	if s == "" {
		return nil
	}
	return appendString(nil, s)
}

// UsingXPS tells that what is printed from now on is XPS ([MS-RDPEPC] section 2.2.2.2). Only
// printers announced with PrinterXPS get it.
type UsingXPS struct {
	Device uint32
}

// ParseUsingXPS reads the message.
func ParseUsingXPS(b []byte) (UsingXPS, error) {
	r := field.NewReader("rdpdr: server printer set XPS mode", b)
	readHeader(r, componentPrinter, packetUsingXPS)
	x := UsingXPS{Device: r.U32("PrinterId")}
	r.Skip("Flags", 4)
	return x, r.Err()
}

// Append appends the message.
func (x UsingXPS) Append(b []byte) []byte {
	return append32(appendHeader(b, componentPrinter, packetUsingXPS), x.Device, 0)
}

// CacheEvent says what a server wants done with the settings of a printer ([MS-RDPEPC]
// section 2.2.1.1).
type CacheEvent uint32

// The events.
const (
	CacheAdd CacheEvent = iota + 1
	CacheUpdate
	CacheDelete
	CacheRename
)

// PrinterCache asks to keep the settings of a printer for the next connection, which a
// client may ignore ([MS-RDPEPC] sections 2.2.2.3 to 2.2.2.6).
type PrinterCache struct {
	Event CacheEvent
	// DosName, PnPName and Driver are those of CacheAdd.
	DosName, PnPName, Driver string
	Name                     string
	// NewName is that of CacheRename.
	NewName string
	// Config is that of CacheAdd and CacheUpdate; it aliases the message.
	Config []byte
}

// ParsePrinterCache reads the message.
func ParsePrinterCache(b []byte) (PrinterCache, error) {
	r := field.NewReader("rdpdr: printer cache data", b)
	readHeader(r, componentPrinter, packetPrinterCache)
	p := PrinterCache{Event: CacheEvent(r.U32("EventId"))}
	switch p.Event {
	case CacheAdd:
		p.DosName, _, _ = strings.Cut(string(r.Bytes("PortDosName", dosNameSize)), "\x00")
		pnp, driver := r.Length("PnPNameLen", maxPath), r.Length("DriverNameLen", maxPath)
		name, config := r.Length("PrintNameLen", maxPath), r.Length("CachedFieldsLen", maxConfig)
		p.PnPName, p.Driver, p.Name = r.UTF16("PnPName", pnp), r.UTF16("DriverName", driver), r.UTF16("PrinterName", name)
		p.Config = r.Bytes("CachedPrinterConfigData", config)
	case CacheUpdate:
		name, config := r.Length("PrinterNameLen", maxPath), r.Length("ConfigDataLen", maxConfig)
		p.Name, p.Config = r.UTF16("PrinterName", name), r.Bytes("CachedPrinterConfigData", config)
	case CacheDelete:
		p.Name = r.UTF16("PrinterName", r.Length("PrinterNameLen", maxPath))
	case CacheRename:
		name, renamed := r.Length("OldPrinterNameLen", maxPath), r.Length("NewPrinterNameLen", maxPath)
		p.Name, p.NewName = r.UTF16("OldPrinterName", name), r.UTF16("NewPrinterName", renamed)
	default:
		r.Fail("EventId", "%d is unknown", uint32(p.Event))
	}
	return p, r.Err()
}

// Append appends the message.
func (p PrinterCache) Append(b []byte) []byte {
	b = append32(appendHeader(b, componentPrinter, packetPrinterCache), uint32(p.Event))
	name := optionalString(p.Name)
	switch p.Event {
	case CacheAdd:
		var dos [dosNameSize]byte
		copy(dos[:], p.DosName)
		pnp, driver := optionalString(p.PnPName), optionalString(p.Driver)
		b = append32(append(b, dos[:]...), uint32(len(pnp)), uint32(len(driver)), uint32(len(name)), uint32(len(p.Config)))
		return append(append(append(append(b, pnp...), driver...), name...), p.Config...)
	case CacheUpdate:
		b = append32(b, uint32(len(name)), uint32(len(p.Config)))
		return append(append(b, name...), p.Config...)
	case CacheDelete:
		return append(append32(b, uint32(len(name))), name...)
	case CacheRename:
		renamed := optionalString(p.NewName)
		b = append32(b, uint32(len(name)), uint32(len(renamed)))
		return append(append(b, name...), renamed...)
	}
	return b
}
