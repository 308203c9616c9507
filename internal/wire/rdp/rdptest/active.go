// SPDX-License-Identifier: Apache-2.0

package rdptest

import (
	"bytes"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/fastpath"
	"github.com/palta-gateway/palta/internal/wire/rdp/license"
	"github.com/palta-gateway/palta/internal/wire/rdp/mcs"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
	"github.com/palta-gateway/palta/internal/wire/rdp/sec"
	"github.com/palta-gateway/palta/internal/wire/rdp/x224"
)

// active takes licensing and what follows it.
func (s *Server) active(tpdu []byte) error {
	b, err := x224.ParseData(tpdu)
	if err != nil {
		return err
	}
	if mcs.ChoiceOf(b) == mcs.ChoiceDisconnectProviderUltimatum {
		s.Ended = true
		return nil
	}
	p, err := mcs.ParseSendData(b)
	if err != nil {
		return err
	}
	if p.Channel == MessageChannel {
		return s.answered(p.Data)
	}
	if s.NewLicense {
		return s.licensing(p.Data)
	}
	data := p.Data
	if s.session != nil {
		if _, data, err = s.session.Open(data); err != nil {
			return err
		}
	}
	if p.Channel != mcs.IOChannel { // a channel's chunk is sent back
		data = s.packChunk(data)
		if s.session != nil {
			data = s.seal(0, data)
		}
		s.send(StepChannel, p.Channel, data)
		return nil
	}
	return s.control(data)
}

func (s *Server) answered(b []byte) error {
	flags, data, err := s.open(b)
	switch {
	case err != nil:
		return err
	case flags&sec.FlagAutodetectResponse != 0:
		p, err := pdu.ParseAutodetect(data)
		s.Detected = append(s.Detected, p)
		return err
	}
	p, err := pdu.ParseMultitransportResponse(data)
	s.Refused = append(s.Refused, p)
	return err
}

func (s *Server) licensing(b []byte) error {
	flags, data, err := s.open(b)
	if err != nil {
		return err
	}
	if flags&sec.FlagLicense == 0 {
		return fmt.Errorf("rdptest: licensing with flags 0x%X", uint16(flags))
	}
	m, err := license.ParseMessage(data)
	if err != nil {
		return err
	}
	switch m.Type {
	case license.TypeNewLicenseRequest:
		q, err := license.ParseNewLicenseRequest(m.Body)
		if err != nil {
			return err
		}
		s.LicenseUser = string(bytes.TrimRight(q.UserName, "\x00"))
		s.keys = license.DeriveKeys(s.decrypt(q.EncryptedPremaster, license.PremasterSize), q.ClientRandom, serverRandom)
		challenge := []byte("challenge")
		s.license(license.TypePlatformChallenge, license.PlatformChallenge{Encrypted: s.keys.Crypt(challenge), MAC: s.keys.MAC(challenge)}.Append(nil))
	case license.TypePlatformChallengeResponse:
		if _, err := license.ParsePlatformChallengeResponse(m.Body); err != nil {
			return err
		}
		issued := []byte("a license")
		s.license(license.TypeNewLicense, license.NewLicense{Encrypted: s.keys.Crypt(issued), MAC: s.keys.MAC(issued)}.Append(nil))
		s.NewLicense = false
		s.demand()
	default:
		return fmt.Errorf("rdptest: licensing message 0x%X", uint8(m.Type))
	}
	return nil
}

func (s *Server) control(b []byte) error {
	c, _, err := pdu.ParseShareControl(b)
	if err != nil {
		return err
	}
	if c.Type == pdu.TypeConfirmActive {
		confirm, err := pdu.ParseConfirmActive(c.Body)
		s.Confirms = append(s.Confirms, confirm)
		if s.session != nil && s.ExtraFlags&pdu.EncSaltedChecksum != 0 {
			s.session.Salted = true
		}
		return err
	}
	data, err := pdu.ParseShareData(c.Body)
	if err != nil {
		return err
	}
	if data.ShareID != s.shareID {
		return fmt.Errorf("rdptest: share ID 0x%X, want 0x%X", data.ShareID, s.shareID)
	}
	if data.Type == pdu.DataFontList {
		s.finish()
	}
	return nil
}

func (s *Server) finish() {
	s.out = append(s.out, s.Early...)
	reply := func(step Step, t pdu.DataType, data []byte) {
		s.share(step, pdu.AppendData(nil, mcs.ServerChannel, s.shareID, t, data))
	}
	reply(StepSynchronize, pdu.DataSynchronize, pdu.Synchronize{TargetUser: UserChannel}.Append(nil))
	reply(StepCooperate, pdu.DataControl, pdu.Control{Action: pdu.ControlCooperate}.Append(nil))
	reply(StepGrantedControl, pdu.DataControl, pdu.Control{Action: pdu.ControlGranted, GrantID: UserChannel, ControlID: mcs.ServerChannel}.Append(nil))
	reply(StepFontMap, pdu.DataFontMap, pdu.EmptyFontMap.Append(nil))
	s.Ready++
	if s.Ready <= s.Reactivations {
		s.share(StepDeactivateAll, pdu.ShareControl{Type: pdu.TypeDeactivateAll, Source: mcs.ServerChannel, Body: pdu.DeactivateAll{ShareID: s.shareID}.Append(nil)}.Append(nil))
		s.shareID++
		s.demand()
		return
	}
	cookie := pdu.ServerAutoReconnect{LogonID: 1, Random: [16]byte{1, 2, 3}}
	reply(StepSaveSessionInfo, pdu.DataSaveSessionInfo, pdu.SaveSessionInfo{Extended: true, AutoReconnect: &cookie}.Append(nil))
	s.play()
}

// input takes a fast-path input PDU.
func (s *Server) input(b []byte) error {
	frame, err := fastpath.ParseFrame(b)
	if err != nil || s.session == nil {
		return err
	}
	_, err = s.session.OpenFast(frame.Data, frame.Flags&fastpath.FlagSecureChecksum != 0)
	return err
}
