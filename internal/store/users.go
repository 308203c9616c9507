// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
)

// users is the kind of object that logs in.
type users struct {
	store *Store
}

func profileColumns() []string {
	return []string{
		directory.AttrFullName, directory.AttrEmail, directory.AttrOrganization, directory.AttrOrganizationalRole,
	}
}

// restrictedColumns are the attributes that only those see who administer the user.
func restrictedColumns() []string {
	return []string{
		directory.AttrExpired, directory.AttrAccessWindowStart, directory.AttrAccessWindowEnd, directory.AttrValidFrom,
		directory.AttrValidUntil, directory.AttrTimezone,
	}
}

func (users) table() *table { return userTable() }

func (users) from() string {
	return "guacamole_user o join guacamole_entity e on e.entity_id = o.entity_id"
}

func (u users) named(sel selection, identifiers []string) (selection, bool) {
	args := make([]any, len(identifiers))
	for i, identifier := range identifiers {
		args[i] = u.store.username(identifier)
	}
	return sel.and(u.store.named(directory.UserEntity, len(args)), args...), len(args) > 0
}

func (users) clone(o directory.User) *directory.User {
	o.Attributes = maps.Clone(o.Attributes)
	return &o
}

func (u users) read(ctx context.Context, c conn, sel selection) ([]record[directory.User], error) {
	const columns = `o.user_id, e.name, o.disabled, o.expired, o.access_window_start, o.access_window_end, o.valid_from,
		o.valid_until, o.timezone, o.full_name, o.email_address, o.organization, o.organizational_role,
		(select max(h.start_date) from guacamole_user_history h where h.user_id = o.user_id)`
	records, err := readObjects(ctx, c, userTable(), columns, sel, u.scan,
		func(object *directory.User) directory.Attributes { return object.Attributes })
	slices.SortFunc(records, func(a, b record[directory.User]) int { return compareNames(a.object.Username, b.object.Username) })
	return records, err
}

func (u users) scan(row scanner) (record[directory.User], error) {
	var id int64
	var expired bool
	var windowStart, windowEnd, validFrom, validUntil, timezone, fullName, email, organization, role nullable[string]
	var lastActive moment
	o := &directory.User{}
	err := row.Scan(&id, &o.Username, &o.Disabled, &expired, &windowStart, &windowEnd, &validFrom, &validUntil, &timezone,
		&fullName, &email, &organization, &role, &lastActive)
	o.Username, o.LastActive = u.store.username(o.Username), lastActive.Time
	o.Attributes = directory.Attributes{
		directory.AttrFullName:           optionalText(fullName),
		directory.AttrEmail:              optionalText(email),
		directory.AttrOrganization:       optionalText(organization),
		directory.AttrOrganizationalRole: optionalText(role),
		directory.AttrExpired:            truthText(expired),
		directory.AttrAccessWindowStart:  timeText(windowStart),
		directory.AttrAccessWindowEnd:    timeText(windowEnd),
		directory.AttrValidFrom:          dateText(validFrom),
		directory.AttrValidUntil:         dateText(validUntil),
		directory.AttrTimezone:           optionalText(timezone),
	}
	return record[directory.User]{id: id, object: o}, err
}

// veil implements private.
func (users) veil(ctx context.Context, c conn, p *principal, records []record[directory.User]) error {
	if p.privileged() || len(records) == 0 {
		return nil
	}
	administered := make(map[int64]bool)
	err := c.each(ctx, "select o.user_id from guacamole_user o where "+p.holds(userTable(), "o.user_id", directory.Administer),
		nil, func(row scanner) error {
			var id int64
			err := row.Scan(&id)
			administered[id] = true
			return err
		})
	for i, r := range records {
		if administered[r.id] {
			continue
		}
		records[i].veiled = true
		for _, name := range restrictedColumns() {
			delete(r.object.Attributes, name)
		}
	}
	return err
}

func (u users) insert(ctx context.Context, c conn, p *principal, o *directory.User) (int64, error) {
	if err := checkName(o.Username, "The username must not be blank."); err != nil {
		return 0, err
	}
	hash := directory.UnusablePassword(u.store.now())
	if o.Password != nil {
		var err error
		if hash, err = u.newPassword(o.Username, *o.Password, nil); err != nil {
			return 0, err
		}
	}
	o.Username = u.store.username(o.Username)
	subject := directory.Subject{Kind: directory.UserEntity, Name: o.Username}
	entity, err := u.store.insertEntity(ctx, c, subject, "User %q already exists.")
	if err != nil {
		return 0, err
	}
	columns, err := userValues(o.Attributes)
	if err != nil {
		return 0, err
	}
	values := append([]any{entity, hash.Sum, hash.Salt, c.d.moment(hash.Date), o.Disabled}, columns...)
	id, err := c.insert(ctx, "user_id", `insert into guacamole_user (
			entity_id, password_hash, password_salt, password_date, disabled, expired, access_window_start, access_window_end,
			valid_from, valid_until, timezone, full_name, email_address, organization, organizational_role
		) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, values...)
	if err != nil {
		return 0, err
	}
	if err := c.grant(ctx, userTable(), entity, id, directory.Read); err != nil {
		return 0, err
	}
	return id, c.setPairs(ctx, userTable().attributes, id, nil, userPairs(o.Attributes))
}

// userPairs returns the attributes of a user that have no column.
func userPairs(a directory.Attributes) map[string]string {
	return attributePairs(a, slices.Concat(profileColumns(), restrictedColumns()))
}

// update leaves attributes as they are which the changed object does not have, and those which p may not see.
func (u users) update(ctx context.Context, c conn, p *principal, before, after record[directory.User]) error {
	o := after.object
	if o.Password != nil {
		account, err := u.store.accountByID(ctx, c, before.id)
		if err != nil {
			return err
		}
		if err := u.changePassword(ctx, c, p, account, *o.Password); err != nil {
			return err
		}
	}
	merged := merge(before.object.Attributes, after)
	columns, err := userValues(merged)
	if err != nil {
		return err
	}
	err = c.exec(ctx, `update guacamole_user set disabled = ?, expired = ?, access_window_start = ?, access_window_end = ?,
			valid_from = ?, valid_until = ?, timezone = ?, full_name = ?, email_address = ?, organization = ?,
			organizational_role = ?
		where user_id = ?`, append(append([]any{o.Disabled}, columns...), before.id)...)
	if err != nil {
		return err
	}
	return c.setPairs(ctx, userTable().attributes, before.id, userPairs(before.object.Attributes), userPairs(merged))
}

// merge returns the attributes of a user after a change by somebody who may not see the restricted ones if the record is veiled.
func merge(stored directory.Attributes, changed record[directory.User]) directory.Attributes {
	merged := maps.Clone(stored)
	for name, value := range changed.object.Attributes {
		restricted := slices.Contains(restrictedColumns(), name)
		if restricted && (changed.veiled || !readable(name, value)) {
			continue
		}
		merged[name] = value
	}
	return merged
}

// readable reports whether a restricted attribute has a value that can be stored. Others are ignored, as upstream does.
func readable(name string, value *string) bool {
	if value == nil || *value == "" {
		return true
	}
	var err error
	switch name {
	case directory.AttrAccessWindowStart, directory.AttrAccessWindowEnd:
		_, err = directory.ParseTimeOfDay(*value)
	case directory.AttrValidFrom, directory.AttrValidUntil:
		_, err = directory.ParseDate(*value)
	}
	return err == nil
}

// remove deletes the entity; the account follows.
func (users) remove(ctx context.Context, c conn, p *principal, object record[directory.User]) error {
	if object.id == p.userID {
		return directory.Errorf(directory.Unsupported, "Deleting your own user is not allowed.")
	}
	err := c.exec(ctx, "delete from guacamole_entity where entity_id = (select entity_id from guacamole_user where user_id = ?)",
		object.id)
	return err
}

// newPassword hashes a password that the policy allows.
func (u users) newPassword(
	username string, password secret.String, former []directory.PasswordHash,
) (directory.PasswordHash, error) {
	if password.Empty() {
		return directory.PasswordHash{}, directory.Errorf(directory.Invalid, "The password must not be blank.")
	}
	if err := u.store.options.PasswordPolicy.Check(username, password, former); err != nil {
		return directory.PasswordHash{}, err
	}
	return directory.HashPassword(password, u.store.now()), nil
}

// changePassword stores a new password and puts the old one into the history.
func (u users) changePassword(ctx context.Context, c conn, p *principal, account *directory.Account, password secret.String) error {
	policy := u.store.options.PasswordPolicy
	if !p.privileged() {
		if err := policy.CheckAge(account.Password.Date, u.store.now()); err != nil {
			return err
		}
	}
	former, keys, err := formerPasswords(ctx, c, account.Key)
	if err != nil {
		return err
	}
	hash, err := u.newPassword(account.Username, password, former)
	if err != nil {
		return err
	}
	// The old password becomes the latest of the former ones, of which the history keeps so many.
	if kept := max(0, policy.HistorySize-1); len(keys) > kept {
		err := c.exec(ctx, "delete from guacamole_user_password_history where password_history_id in "+intList(keys[kept:]))
		if err != nil {
			return err
		}
	}
	if policy.HistorySize > 0 {
		err := c.exec(ctx, `insert into guacamole_user_password_history (user_id, password_hash, password_salt, password_date)
			values (?, ?, ?, ?)`, account.Key, account.Password.Sum, account.Password.Salt, c.d.moment(account.Password.Date))
		if err != nil {
			return err
		}
	}
	return c.exec(ctx, "update guacamole_user set password_hash = ?, password_salt = ?, password_date = ? where user_id = ?",
		hash.Sum, hash.Salt, c.d.moment(hash.Date), account.Key)
}

// formerPasswords returns the history of a user, the latest first, and its keys.
func formerPasswords(ctx context.Context, c conn, id int64) (former []directory.PasswordHash, keys []int64, err error) {
	err = c.each(ctx, `select password_history_id, password_hash, password_salt, password_date from guacamole_user_password_history
		where user_id = ? order by password_date desc, password_history_id desc`, []any{id}, func(row scanner) error {
		var key int64
		var hash directory.PasswordHash
		var date moment
		err := row.Scan(&key, &hash.Sum, &hash.Salt, &date)
		hash.Date = date.Time
		former, keys = append(former, hash), append(keys, key)
		return err
	})
	return former, keys, err
}

// userValues returns the columns from expired on.
func userValues(a directory.Attributes) ([]any, error) {
	for _, name := range profileColumns() {
		if err := checkLength(a.Get(name), name, directory.MaxProfileLength); err != nil {
			return nil, err
		}
	}
	if err := checkLength(a.Get(directory.AttrTimezone), "time zone", directory.MaxTimezoneLength); err != nil {
		return nil, err
	}
	return []any{
		a.True(directory.AttrExpired),
		timeValue(a.Get(directory.AttrAccessWindowStart)),
		timeValue(a.Get(directory.AttrAccessWindowEnd)),
		dateValue(a.Get(directory.AttrValidFrom)),
		dateValue(a.Get(directory.AttrValidUntil)),
		nullText(a.Get(directory.AttrTimezone)),
		nullText(a.Get(directory.AttrFullName)),
		nullText(a.Get(directory.AttrEmail)),
		nullText(a.Get(directory.AttrOrganization)),
		nullText(a.Get(directory.AttrOrganizationalRole)),
	}, nil
}

// timeValue and dateValue return the column for a time of day or a date; null if it cannot be read.
func timeValue(text string) any {
	t, err := directory.ParseTimeOfDay(text)
	if err != nil {
		return nil
	}
	return t.String()
}

func dateValue(text string) any {
	d, err := directory.ParseDate(text)
	if err != nil {
		return nil
	}
	return d.String()
}

// timeText and dateText return the attribute for such a column. Drivers may add a fraction to the time, or a time to the date.
func timeText(column nullable[string]) *string {
	if !column.Valid {
		return nil
	}
	text := column.V
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		text = at.Format(time.TimeOnly)
	}
	text = text[:min(len(text), len(time.TimeOnly))]
	return &text
}

func dateText(column nullable[string]) *string {
	if !column.Valid {
		return nil
	}
	text := column.V[:min(len(column.V), len(time.DateOnly))]
	return &text
}
