// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
)

// CreateUser stores a user with system permissions, for administration on the machine itself. It checks no permission.
func (s *Store) CreateUser(
	ctx context.Context, username string, password secret.String, system directory.SystemPermissions,
) error {
	return s.edit(ctx, func(c conn) error {
		root := &principal{system: directory.SystemAdminister}
		if _, err := (users{s}).insert(ctx, c, root, &directory.User{Username: username, Password: &password}); err != nil {
			return err
		}
		keys, err := s.entityKeys(ctx, c, directory.UserEntity, []string{username})
		if err != nil || system == 0 {
			return err
		}
		return c.grantSystem(ctx, keys[0], system)
	})
}

// EndOpenRecords ends the records of sessions and logins that were under way when the only gateway of this database died. Each
// ends at the last moment that is known: the latest of all moments in the history, before now.
func (s *Store) EndOpenRecords(ctx context.Context, now time.Time) error {
	return s.write(ctx, func(c conn) error {
		at := c.d.moment(now)
		for _, table := range []string{"guacamole_connection_history", "guacamole_user_history"} {
			err := c.exec(ctx, `update `+table+` set end_date = (
					select max(at) from (
						select max(start_date) as at from guacamole_connection_history where start_date <= ?
						union all select max(end_date) from guacamole_connection_history where end_date <= ?
						union all select max(start_date) from guacamole_user_history where start_date <= ?
						union all select max(end_date) from guacamole_user_history where end_date <= ?
					) known
				) where end_date is null and start_date <= ?`, at, at, at, at, at)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
