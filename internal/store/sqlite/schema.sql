-- Upstream's schema, carried to SQLite. Names of tables and columns are upstream's. Moments are milliseconds since 1970 in
-- UTC, days are YYYY-MM-DD, times of day are HH:MM:SS.

create table guacamole_entity (
    entity_id integer primary key autoincrement,
    name      varchar(128) not null,
    type      varchar(16)  not null,
    constraint guacamole_entity_name_uq unique (type, name),
    constraint guacamole_entity_type_ck check (type in ('USER', 'USER_GROUP'))
);

create table guacamole_user (
    user_id             integer primary key autoincrement,
    entity_id           integer not null,
    password_hash       blob    not null,
    password_salt       blob,
    password_date       integer not null,
    disabled            boolean not null default 0,
    expired             boolean not null default 0,
    access_window_start text,
    access_window_end   text,
    valid_from          text,
    valid_until         text,
    timezone            varchar(64),
    full_name           varchar(256),
    email_address       varchar(256),
    organization        varchar(256),
    organizational_role varchar(256),
    constraint guacamole_user_entity_uq unique (entity_id),
    constraint guacamole_user_entity_fk foreign key (entity_id) references guacamole_entity (entity_id) on delete cascade
);

create table guacamole_user_group (
    user_group_id integer primary key autoincrement,
    entity_id     integer not null,
    disabled      boolean not null default 0,
    constraint guacamole_user_group_entity_uq unique (entity_id),
    constraint guacamole_user_group_entity_fk foreign key (entity_id) references guacamole_entity (entity_id) on delete cascade
);

create table guacamole_user_group_member (
    user_group_id    integer not null,
    member_entity_id integer not null,
    primary key (user_group_id, member_entity_id),
    constraint guacamole_user_group_member_group_fk foreign key (user_group_id) references guacamole_user_group (user_group_id) on delete cascade,
    constraint guacamole_user_group_member_entity_fk foreign key (member_entity_id) references guacamole_entity (entity_id) on delete cascade
) without rowid;

create index guacamole_user_group_member_entity on guacamole_user_group_member (member_entity_id);

create table guacamole_connection_group (
    connection_group_id      integer primary key autoincrement,
    parent_id                integer,
    connection_group_name    varchar(128) not null,
    type                     varchar(16)  not null default 'ORGANIZATIONAL',
    max_connections          integer,
    max_connections_per_user integer,
    enable_session_affinity  boolean not null default 0,
    constraint guacamole_connection_group_parent_fk foreign key (parent_id) references guacamole_connection_group (connection_group_id) on delete cascade,
    constraint guacamole_connection_group_type_ck check (type in ('ORGANIZATIONAL', 'BALANCING'))
);

create unique index guacamole_connection_group_name_uq on guacamole_connection_group (connection_group_name, ifnull(parent_id, 0));
create index guacamole_connection_group_parent on guacamole_connection_group (parent_id);

create table guacamole_connection (
    connection_id            integer primary key autoincrement,
    connection_name          varchar(128) not null,
    parent_id                integer,
    protocol                 varchar(32)  not null,
    max_connections          integer,
    max_connections_per_user integer,
    connection_weight        integer,
    failover_only            boolean not null default 0,
    proxy_port               integer,
    proxy_hostname           varchar(512),
    proxy_encryption_method  varchar(8),
    constraint guacamole_connection_parent_fk foreign key (parent_id) references guacamole_connection_group (connection_group_id) on delete cascade,
    constraint guacamole_connection_encryption_ck check (proxy_encryption_method in ('NONE', 'SSL'))
);

create unique index guacamole_connection_name_uq on guacamole_connection (connection_name, ifnull(parent_id, 0));
create index guacamole_connection_parent on guacamole_connection (parent_id);

create table guacamole_sharing_profile (
    sharing_profile_id    integer primary key autoincrement,
    sharing_profile_name  varchar(128) not null,
    primary_connection_id integer not null,
    constraint guacamole_sharing_profile_name_uq unique (sharing_profile_name, primary_connection_id),
    constraint guacamole_sharing_profile_connection_fk foreign key (primary_connection_id) references guacamole_connection (connection_id) on delete cascade
);

create index guacamole_sharing_profile_connection on guacamole_sharing_profile (primary_connection_id);

create table guacamole_connection_parameter (
    connection_id   integer not null,
    parameter_name  varchar(128)  not null,
    parameter_value varchar(4096) not null,
    primary key (connection_id, parameter_name),
    foreign key (connection_id) references guacamole_connection (connection_id) on delete cascade
);

create table guacamole_sharing_profile_parameter (
    sharing_profile_id integer not null,
    parameter_name     varchar(128)  not null,
    parameter_value    varchar(4096) not null,
    primary key (sharing_profile_id, parameter_name),
    foreign key (sharing_profile_id) references guacamole_sharing_profile (sharing_profile_id) on delete cascade
);

create table guacamole_user_attribute (
    user_id         integer not null,
    attribute_name  varchar(128)  not null,
    attribute_value varchar(4096) not null,
    primary key (user_id, attribute_name),
    foreign key (user_id) references guacamole_user (user_id) on delete cascade
);

create table guacamole_user_group_attribute (
    user_group_id   integer not null,
    attribute_name  varchar(128)  not null,
    attribute_value varchar(4096) not null,
    primary key (user_group_id, attribute_name),
    foreign key (user_group_id) references guacamole_user_group (user_group_id) on delete cascade
);

create table guacamole_connection_attribute (
    connection_id   integer not null,
    attribute_name  varchar(128)  not null,
    attribute_value varchar(4096) not null,
    primary key (connection_id, attribute_name),
    foreign key (connection_id) references guacamole_connection (connection_id) on delete cascade
);

create table guacamole_connection_group_attribute (
    connection_group_id integer not null,
    attribute_name      varchar(128)  not null,
    attribute_value     varchar(4096) not null,
    primary key (connection_group_id, attribute_name),
    foreign key (connection_group_id) references guacamole_connection_group (connection_group_id) on delete cascade
);

create table guacamole_sharing_profile_attribute (
    sharing_profile_id integer not null,
    attribute_name     varchar(128)  not null,
    attribute_value    varchar(4096) not null,
    primary key (sharing_profile_id, attribute_name),
    foreign key (sharing_profile_id) references guacamole_sharing_profile (sharing_profile_id) on delete cascade
);

create table guacamole_connection_permission (
    entity_id     integer not null,
    connection_id integer not null,
    permission    varchar(16) not null,
    primary key (entity_id, connection_id, permission),
    foreign key (entity_id) references guacamole_entity (entity_id) on delete cascade,
    foreign key (connection_id) references guacamole_connection (connection_id) on delete cascade,
    constraint guacamole_connection_permission_ck check (permission in ('READ', 'UPDATE', 'DELETE', 'ADMINISTER'))
) without rowid;

create index guacamole_connection_permission_connection on guacamole_connection_permission (connection_id);

create table guacamole_connection_group_permission (
    entity_id           integer not null,
    connection_group_id integer not null,
    permission          varchar(16) not null,
    primary key (entity_id, connection_group_id, permission),
    foreign key (entity_id) references guacamole_entity (entity_id) on delete cascade,
    foreign key (connection_group_id) references guacamole_connection_group (connection_group_id) on delete cascade,
    constraint guacamole_connection_group_permission_ck check (permission in ('READ', 'UPDATE', 'DELETE', 'ADMINISTER'))
) without rowid;

create index guacamole_connection_group_permission_group on guacamole_connection_group_permission (connection_group_id);

create table guacamole_sharing_profile_permission (
    entity_id          integer not null,
    sharing_profile_id integer not null,
    permission         varchar(16) not null,
    primary key (entity_id, sharing_profile_id, permission),
    foreign key (entity_id) references guacamole_entity (entity_id) on delete cascade,
    foreign key (sharing_profile_id) references guacamole_sharing_profile (sharing_profile_id) on delete cascade,
    constraint guacamole_sharing_profile_permission_ck check (permission in ('READ', 'UPDATE', 'DELETE', 'ADMINISTER'))
) without rowid;

create index guacamole_sharing_profile_permission_profile on guacamole_sharing_profile_permission (sharing_profile_id);

create table guacamole_user_permission (
    entity_id        integer not null,
    affected_user_id integer not null,
    permission       varchar(16) not null,
    primary key (entity_id, affected_user_id, permission),
    foreign key (entity_id) references guacamole_entity (entity_id) on delete cascade,
    foreign key (affected_user_id) references guacamole_user (user_id) on delete cascade,
    constraint guacamole_user_permission_ck check (permission in ('READ', 'UPDATE', 'DELETE', 'ADMINISTER'))
) without rowid;

create index guacamole_user_permission_user on guacamole_user_permission (affected_user_id);

create table guacamole_user_group_permission (
    entity_id              integer not null,
    affected_user_group_id integer not null,
    permission             varchar(16) not null,
    primary key (entity_id, affected_user_group_id, permission),
    foreign key (entity_id) references guacamole_entity (entity_id) on delete cascade,
    foreign key (affected_user_group_id) references guacamole_user_group (user_group_id) on delete cascade,
    constraint guacamole_user_group_permission_ck check (permission in ('READ', 'UPDATE', 'DELETE', 'ADMINISTER'))
) without rowid;

create index guacamole_user_group_permission_group on guacamole_user_group_permission (affected_user_group_id);

create table guacamole_system_permission (
    entity_id  integer not null,
    permission varchar(32) not null,
    primary key (entity_id, permission),
    foreign key (entity_id) references guacamole_entity (entity_id) on delete cascade,
    constraint guacamole_system_permission_ck check (permission in (
        'CREATE_CONNECTION', 'CREATE_CONNECTION_GROUP', 'CREATE_SHARING_PROFILE', 'CREATE_USER', 'CREATE_USER_GROUP', 'AUDIT', 'ADMINISTER'
    ))
) without rowid;

create table guacamole_connection_history (
    history_id           integer primary key autoincrement,
    user_id              integer,
    username             varchar(128) not null,
    remote_host          varchar(256),
    connection_id        integer,
    connection_name      varchar(128) not null,
    sharing_profile_id   integer,
    sharing_profile_name varchar(128),
    start_date           integer not null,
    end_date             integer,
    foreign key (user_id) references guacamole_user (user_id) on delete set null,
    foreign key (connection_id) references guacamole_connection (connection_id) on delete set null,
    foreign key (sharing_profile_id) references guacamole_sharing_profile (sharing_profile_id) on delete set null
);

create index guacamole_connection_history_user on guacamole_connection_history (user_id);
create index guacamole_connection_history_profile on guacamole_connection_history (sharing_profile_id);
create index guacamole_connection_history_start on guacamole_connection_history (start_date);
create index guacamole_connection_history_end on guacamole_connection_history (end_date);
create index guacamole_connection_history_connection_start on guacamole_connection_history (connection_id, start_date);

create table guacamole_user_history (
    history_id  integer primary key autoincrement,
    user_id     integer,
    username    varchar(128) not null,
    remote_host varchar(256),
    start_date  integer not null,
    end_date    integer,
    foreign key (user_id) references guacamole_user (user_id) on delete set null
);

create index guacamole_user_history_start on guacamole_user_history (start_date);
create index guacamole_user_history_end on guacamole_user_history (end_date);
create index guacamole_user_history_user_start on guacamole_user_history (user_id, start_date);

create table guacamole_user_password_history (
    password_history_id integer primary key autoincrement,
    user_id             integer not null,
    password_hash       blob    not null,
    password_salt       blob,
    password_date       integer not null,
    foreign key (user_id) references guacamole_user (user_id) on delete cascade
);

create index guacamole_user_password_history_user on guacamole_user_password_history (user_id);
