// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
)

// Account returns what a login has to know of a user; NotFound if there is none.
func (s *Store) Account(ctx context.Context, username string) (*directory.Account, error) {
	account, err := s.accountWhere(ctx, s.read(), s.named(directory.UserEntity, 1), s.username(username))
	if err == nil && account == nil {
		return nil, directory.NotFoundError(username)
	}
	return account, err
}

// accountByID returns the account with that key.
func (s *Store) accountByID(ctx context.Context, c conn, id int64) (*directory.Account, error) {
	return s.accountWhere(ctx, c, "u.user_id = ?", id)
}

// accountWhere returns the one account for which the condition holds, or nil.
func (s *Store) accountWhere(ctx context.Context, c conn, condition string, arg any) (*directory.Account, error) {
	var passwordDate moment
	var windowStart, windowEnd, validFrom, validUntil, timezone nullable[string]
	a := &directory.Account{}
	found, err := c.one(ctx, `select u.user_id, e.name, u.password_hash, u.password_salt, u.password_date, u.disabled, u.expired,
			u.access_window_start, u.access_window_end, u.valid_from, u.valid_until, u.timezone
		from guacamole_user u join guacamole_entity e on e.entity_id = u.entity_id
		where `+condition, []any{arg},
		&a.Key, &a.Username, &a.Password.Sum, &a.Password.Salt, &passwordDate, &a.Disabled, &a.Expired,
		&windowStart, &windowEnd, &validFrom, &validUntil, &timezone)
	if err != nil || !found {
		return nil, err
	}
	a.Username, a.Password.Date = s.username(a.Username), passwordDate.Time
	a.Restrictions = directory.Restrictions{
		ValidFrom: parseDate(dateText(validFrom)), ValidUntil: parseDate(dateText(validUntil)),
		WindowStart: parseTime(timeText(windowStart)), WindowEnd: parseTime(timeText(windowEnd)), Timezone: timezone.V,
	}
	return a, nil
}

func parseDate(text *string) directory.Date {
	if text == nil {
		return directory.Date{}
	}
	d, _ := directory.ParseDate(*text)
	return d
}

func parseTime(text *string) *directory.TimeOfDay {
	if text == nil {
		return nil
	}
	t, err := directory.ParseTimeOfDay(*text)
	if err != nil {
		return nil
	}
	return &t
}

// PasswordPolicy returns the policy that binds new passwords.
func (s *Store) PasswordPolicy() directory.PasswordPolicy { return s.options.PasswordPolicy }

// ReplaceExpiredPassword stores the password that a user chose when the old one had expired, and ends its expiry. It checks no
// permission: the caller has verified the old one.
func (s *Store) ReplaceExpiredPassword(ctx context.Context, username string, password secret.String) error {
	u := users{s}
	return s.edit(ctx, func(c conn) error {
		account, err := s.accountWhere(ctx, c, s.named(directory.UserEntity, 1), s.username(username))
		if err != nil {
			return err
		}
		if account == nil {
			return directory.NotFoundError(username)
		}
		// A privileged principal, because the age of an expired password is no reason to keep it.
		p := &principal{system: directory.SystemAdminister}
		if err := u.changePassword(ctx, c, p, account, password); err != nil {
			return err
		}
		err = c.exec(ctx, "update guacamole_user set expired = ? where user_id = ?", false, account.Key)
		return err
	})
}

// CreateAccount stores a user without a usable password, as for one whom another provider authenticated. An account that is there already is left as it is.
func (s *Store) CreateAccount(ctx context.Context, username string) error {
	return s.edit(ctx, func(c conn) error {
		keys, err := s.entityKeys(ctx, c, directory.UserEntity, []string{username})
		if err != nil || len(keys) > 0 {
			return err
		}
		_, err = users{s}.insert(ctx, c, &principal{system: directory.SystemAdminister}, &directory.User{Username: username})
		return err
	})
}

// HasUsers reports whether there is any account.
func (s *Store) HasUsers(ctx context.Context) (bool, error) { return hasUsers(ctx, s.read()) }

func hasUsers(ctx context.Context, c conn) (bool, error) {
	var n int
	_, err := c.one(ctx, "select count(*) from guacamole_user", nil, &n)
	return n > 0, err
}

// CreateFirstAdministrator stores a user with all system permissions and all permissions on itself but DELETE, if there is no user at
// all; else it returns a Conflict error. Of several calls at once one succeeds.
func (s *Store) CreateFirstAdministrator(ctx context.Context, username string, password secret.String) error {
	return s.edit(ctx, func(c conn) error {
		if has, err := hasUsers(ctx, c); err != nil {
			return err
		} else if has {
			return directory.Errorf(directory.Conflict, "There is a user already.")
		}
		root := &principal{system: directory.SystemAdminister}
		id, err := users{s}.insert(ctx, c, root, &directory.User{Username: username, Password: &password})
		if err != nil {
			return err
		}
		keys, err := s.entityKeys(ctx, c, directory.UserEntity, []string{username})
		if err != nil {
			return err
		}
		if err := c.grantSystem(ctx, keys[0], directory.AllSystemPermissions); err != nil {
			return err
		}
		return c.grant(ctx, userTable(), keys[0], id, directory.Update|directory.Administer)
	})
}

// ChangePassword implements directory.PasswordChanger.
func (uc *UserContext) ChangePassword(ctx context.Context, username string, old, new secret.String) error {
	account, err := uc.store.Account(ctx, username)
	if err != nil && directory.KindOf(err) != directory.NotFound {
		return err
	}
	if account == nil || !account.Password.Verify(old) || account.Disabled ||
		account.Restrictions.Check(uc.store.options.Clock()) != nil {
		return directory.DeniedError()
	}
	return uc.Users().Update(ctx, username, func(user *directory.User) error {
		user.Password = &new
		return nil
	})
}

// StartLogin stores the record of a login of the account, or of a user by that name without one, and returns its identifier.
func (s *Store) StartLogin(ctx context.Context, username string, account *directory.Account, remoteHost string) (string, error) {
	var user, id int64
	if account != nil {
		user = account.Key
	}
	err := s.write(ctx, func(c conn) (err error) {
		id, err = s.begin(ctx, c, loginHistory,
			"insert into guacamole_user_history (user_id, username, remote_host, start_date) values (?, ?, ?, ?)",
			nullID(user), s.username(username), nullText(truncate(remoteHost, 256)), c.d.moment(s.now()))
		return err
	})
	return formatID(id), err
}

// EndLogin stores the end of a login, once.
func (s *Store) EndLogin(ctx context.Context, identifier string, end time.Time) error {
	return s.end(ctx, loginHistory, identifier, end)
}

// userKey returns the key of a user, 0 if there is none.
func (s *Store) userKey(ctx context.Context, c conn, username string) (int64, error) {
	var id int64
	_, err := c.one(ctx, `select u.user_id from guacamole_user u join guacamole_entity e on e.entity_id = u.entity_id
		where `+s.named(directory.UserEntity, 1), []any{s.username(username)}, &id)
	return id, err
}

// truncate shortens a text to that many characters.
func truncate(text string, limit int) string {
	runes := []rune(text)
	if len(runes) <= limit {
		return text
	}
	return string(runes[:limit])
}
