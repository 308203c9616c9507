// SPDX-License-Identifier: Apache-2.0

package directory

import (
	"encoding/binary"

	"github.com/google/uuid"
)

// Name spaces of the version 3 UUIDs that history records have.
var (
	connectionRecordSpace = uuid.MustParse("8b55f070-95f4-3d31-93ee-9c5845e7aa40")
	userRecordSpace       = uuid.MustParse("e104741a-c949-3947-8d79-f3f2cdce7d6f")
)

// ConnectionRecordUUID returns the UUID of the connection history record with that number. It names active connections and recordings.
func ConnectionRecordUUID(id int64) string { return recordUUID(connectionRecordSpace, id) }

// UserRecordUUID returns the UUID of the user history record with that number.
func UserRecordUUID(id int64) string { return recordUUID(userRecordSpace, id) }

func recordUUID(space uuid.UUID, id int64) string {
	return uuid.NewMD5(space, binary.BigEndian.AppendUint64(nil, uint64(id))).String()
}
