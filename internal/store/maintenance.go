// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"

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
