-- Upstream's schema for PostgreSQL. Names of types, tables, columns, constraints and indexes are upstream's, so that its own programs and
-- upgrade scripts work on what this made.

create type guacamole_connection_group_type as enum ('ORGANIZATIONAL', 'BALANCING');
create type guacamole_entity_type as enum ('USER', 'USER_GROUP');
create type guacamole_object_permission_type as enum ('READ', 'UPDATE', 'DELETE', 'ADMINISTER');
create type guacamole_proxy_encryption_method as enum ('NONE', 'SSL');
create type guacamole_system_permission_type as enum (
    'CREATE_CONNECTION', 'CREATE_CONNECTION_GROUP', 'CREATE_SHARING_PROFILE', 'CREATE_USER', 'CREATE_USER_GROUP', 'AUDIT', 'ADMINISTER'
);

create table guacamole_entity (
    entity_id serial                primary key,
    name      varchar(128)          not null,
    type      guacamole_entity_type not null,
    constraint guacamole_entity_name_scope unique (type, name)
);

create table guacamole_user (
    user_id             serial      primary key,
    entity_id           integer     not null,
    password_hash       bytea       not null,
    password_salt       bytea,
    password_date       timestamptz not null,
    disabled            boolean     not null default false,
    expired             boolean     not null default false,
    access_window_start time,
    access_window_end   time,
    valid_from          date,
    valid_until         date,
    timezone            varchar(64),
    full_name           varchar(256),
    email_address       varchar(256),
    organization        varchar(256),
    organizational_role varchar(256),
    constraint guacamole_user_single_entity unique (entity_id),
    constraint guacamole_user_entity foreign key (entity_id) references guacamole_entity on delete cascade
);

create table guacamole_user_group (
    user_group_id serial  primary key,
    entity_id     integer not null,
    disabled      boolean not null default false,
    constraint guacamole_user_group_single_entity unique (entity_id),
    constraint guacamole_user_group_entity foreign key (entity_id) references guacamole_entity on delete cascade
);

create table guacamole_user_group_member (
    user_group_id    integer not null,
    member_entity_id integer not null,
    primary key (user_group_id, member_entity_id),
    constraint guacamole_user_group_member_parent foreign key (user_group_id) references guacamole_user_group on delete cascade,
    constraint guacamole_user_group_member_entity foreign key (member_entity_id) references guacamole_entity on delete cascade
);

create table guacamole_connection_group (
    connection_group_id      serial                          primary key,
    parent_id                integer,
    connection_group_name    varchar(128)                    not null,
    type                     guacamole_connection_group_type not null default 'ORGANIZATIONAL',
    max_connections          integer,
    max_connections_per_user integer,
    enable_session_affinity  boolean                         not null default false,
    constraint connection_group_name_parent unique (connection_group_name, parent_id),
    constraint guacamole_connection_group_ibfk_1 foreign key (parent_id) references guacamole_connection_group on delete cascade
);

create index guacamole_connection_group_parent_id on guacamole_connection_group (parent_id);

create table guacamole_connection (
    connection_id            serial       primary key,
    connection_name          varchar(128) not null,
    parent_id                integer,
    protocol                 varchar(32)  not null,
    max_connections          integer,
    max_connections_per_user integer,
    connection_weight        integer,
    failover_only            boolean      not null default false,
    proxy_port               integer,
    proxy_hostname           varchar(512),
    proxy_encryption_method  guacamole_proxy_encryption_method,
    constraint connection_name_parent unique (connection_name, parent_id),
    constraint guacamole_connection_ibfk_1 foreign key (parent_id) references guacamole_connection_group on delete cascade
);

create index guacamole_connection_parent_id on guacamole_connection (parent_id);

create table guacamole_sharing_profile (
    sharing_profile_id    serial       primary key,
    sharing_profile_name  varchar(128) not null,
    primary_connection_id integer      not null,
    constraint sharing_profile_name_primary unique (sharing_profile_name, primary_connection_id),
    constraint guacamole_sharing_profile_ibfk_1 foreign key (primary_connection_id) references guacamole_connection on delete cascade
);

create index guacamole_sharing_profile_primary_connection_id on guacamole_sharing_profile (primary_connection_id);

create table guacamole_connection_parameter (
    connection_id   integer       not null,
    parameter_name  varchar(128)  not null,
    parameter_value varchar(4096) not null,
    primary key (connection_id, parameter_name),
    constraint guacamole_connection_parameter_ibfk_1 foreign key (connection_id) references guacamole_connection on delete cascade
);

create index guacamole_connection_parameter_connection_id on guacamole_connection_parameter (connection_id);

create table guacamole_sharing_profile_parameter (
    sharing_profile_id integer       not null,
    parameter_name     varchar(128)  not null,
    parameter_value    varchar(4096) not null,
    primary key (sharing_profile_id, parameter_name),
    constraint guacamole_sharing_profile_parameter_ibfk_1 foreign key (sharing_profile_id) references guacamole_sharing_profile on delete cascade
);

create index guacamole_sharing_profile_parameter_sharing_profile_id on guacamole_sharing_profile_parameter (sharing_profile_id);

create table guacamole_user_attribute (
    user_id         integer       not null,
    attribute_name  varchar(128)  not null,
    attribute_value varchar(4096) not null,
    primary key (user_id, attribute_name),
    constraint guacamole_user_attribute_ibfk_1 foreign key (user_id) references guacamole_user on delete cascade
);

create index guacamole_user_attribute_user_id on guacamole_user_attribute (user_id);

create table guacamole_user_group_attribute (
    user_group_id   integer       not null,
    attribute_name  varchar(128)  not null,
    attribute_value varchar(4096) not null,
    primary key (user_group_id, attribute_name),
    constraint guacamole_user_group_attribute_ibfk_1 foreign key (user_group_id) references guacamole_user_group on delete cascade
);

create index guacamole_user_group_attribute_user_group_id on guacamole_user_group_attribute (user_group_id);

create table guacamole_connection_attribute (
    connection_id   integer       not null,
    attribute_name  varchar(128)  not null,
    attribute_value varchar(4096) not null,
    primary key (connection_id, attribute_name),
    constraint guacamole_connection_attribute_ibfk_1 foreign key (connection_id) references guacamole_connection on delete cascade
);

create index guacamole_connection_attribute_connection_id on guacamole_connection_attribute (connection_id);

create table guacamole_connection_group_attribute (
    connection_group_id integer       not null,
    attribute_name      varchar(128)  not null,
    attribute_value     varchar(4096) not null,
    primary key (connection_group_id, attribute_name),
    constraint guacamole_connection_group_attribute_ibfk_1 foreign key (connection_group_id) references guacamole_connection_group on delete cascade
);

create index guacamole_connection_group_attribute_connection_group_id on guacamole_connection_group_attribute (connection_group_id);

create table guacamole_sharing_profile_attribute (
    sharing_profile_id integer       not null,
    attribute_name     varchar(128)  not null,
    attribute_value    varchar(4096) not null,
    primary key (sharing_profile_id, attribute_name),
    constraint guacamole_sharing_profile_attribute_ibfk_1 foreign key (sharing_profile_id) references guacamole_sharing_profile on delete cascade
);

create index guacamole_sharing_profile_attribute_sharing_profile_id on guacamole_sharing_profile_attribute (sharing_profile_id);

create table guacamole_connection_permission (
    entity_id     integer                          not null,
    connection_id integer                          not null,
    permission    guacamole_object_permission_type not null,
    primary key (entity_id, connection_id, permission),
    constraint guacamole_connection_permission_entity foreign key (entity_id) references guacamole_entity on delete cascade,
    constraint guacamole_connection_permission_ibfk_1 foreign key (connection_id) references guacamole_connection on delete cascade
);

create index guacamole_connection_permission_entity_id on guacamole_connection_permission (entity_id);
create index guacamole_connection_permission_connection_id on guacamole_connection_permission (connection_id);

create table guacamole_connection_group_permission (
    entity_id           integer                          not null,
    connection_group_id integer                          not null,
    permission          guacamole_object_permission_type not null,
    primary key (entity_id, connection_group_id, permission),
    constraint guacamole_connection_group_permission_entity foreign key (entity_id) references guacamole_entity on delete cascade,
    constraint guacamole_connection_group_permission_ibfk_1 foreign key (connection_group_id) references guacamole_connection_group on delete cascade
);

create index guacamole_connection_group_permission_entity_id on guacamole_connection_group_permission (entity_id);
create index guacamole_connection_group_permission_connection_group_id on guacamole_connection_group_permission (connection_group_id);

create table guacamole_sharing_profile_permission (
    entity_id          integer                          not null,
    sharing_profile_id integer                          not null,
    permission         guacamole_object_permission_type not null,
    primary key (entity_id, sharing_profile_id, permission),
    constraint guacamole_sharing_profile_permission_entity foreign key (entity_id) references guacamole_entity on delete cascade,
    constraint guacamole_sharing_profile_permission_ibfk_1 foreign key (sharing_profile_id) references guacamole_sharing_profile on delete cascade
);

create index guacamole_sharing_profile_permission_entity_id on guacamole_sharing_profile_permission (entity_id);
create index guacamole_sharing_profile_permission_sharing_profile_id on guacamole_sharing_profile_permission (sharing_profile_id);

create table guacamole_user_permission (
    entity_id        integer                          not null,
    affected_user_id integer                          not null,
    permission       guacamole_object_permission_type not null,
    primary key (entity_id, affected_user_id, permission),
    constraint guacamole_user_permission_entity foreign key (entity_id) references guacamole_entity on delete cascade,
    constraint guacamole_user_permission_ibfk_1 foreign key (affected_user_id) references guacamole_user on delete cascade
);

create index guacamole_user_permission_entity_id on guacamole_user_permission (entity_id);
create index guacamole_user_permission_affected_user_id on guacamole_user_permission (affected_user_id);

create table guacamole_user_group_permission (
    entity_id              integer                          not null,
    affected_user_group_id integer                          not null,
    permission             guacamole_object_permission_type not null,
    primary key (entity_id, affected_user_group_id, permission),
    constraint guacamole_user_group_permission_entity foreign key (entity_id) references guacamole_entity on delete cascade,
    constraint guacamole_user_group_permission_affected_user_group
        foreign key (affected_user_group_id) references guacamole_user_group on delete cascade
);

create index guacamole_user_group_permission_entity_id on guacamole_user_group_permission (entity_id);
create index guacamole_user_group_permission_affected_user_group_id on guacamole_user_group_permission (affected_user_group_id);

create table guacamole_system_permission (
    entity_id  integer                          not null,
    permission guacamole_system_permission_type not null,
    primary key (entity_id, permission),
    constraint guacamole_system_permission_entity foreign key (entity_id) references guacamole_entity on delete cascade
);

create index guacamole_system_permission_entity_id on guacamole_system_permission (entity_id);

create table guacamole_connection_history (
    history_id           serial       primary key,
    user_id              integer,
    username             varchar(128) not null,
    remote_host          varchar(256) default null,
    connection_id        integer,
    connection_name      varchar(128) not null,
    sharing_profile_id   integer,
    sharing_profile_name varchar(128) default null,
    start_date           timestamptz  not null,
    end_date             timestamptz,
    constraint guacamole_connection_history_ibfk_1 foreign key (user_id) references guacamole_user on delete set null,
    constraint guacamole_connection_history_ibfk_2 foreign key (connection_id) references guacamole_connection on delete set null,
    constraint guacamole_connection_history_ibfk_3 foreign key (sharing_profile_id) references guacamole_sharing_profile on delete set null
);

create index guacamole_connection_history_user_id on guacamole_connection_history (user_id);
create index guacamole_connection_history_connection_id on guacamole_connection_history (connection_id);
create index guacamole_connection_history_sharing_profile_id on guacamole_connection_history (sharing_profile_id);
create index guacamole_connection_history_start_date on guacamole_connection_history (start_date);
create index guacamole_connection_history_end_date on guacamole_connection_history (end_date);
create index guacamole_connection_history_connection_id_start_date on guacamole_connection_history (connection_id, start_date);

create table guacamole_user_history (
    history_id  serial       primary key,
    user_id     integer,
    username    varchar(128) not null,
    remote_host varchar(256) default null,
    start_date  timestamptz  not null,
    end_date    timestamptz,
    constraint guacamole_user_history_ibfk_1 foreign key (user_id) references guacamole_user on delete set null
);

create index guacamole_user_history_user_id on guacamole_user_history (user_id);
create index guacamole_user_history_start_date on guacamole_user_history (start_date);
create index guacamole_user_history_end_date on guacamole_user_history (end_date);
create index guacamole_user_history_user_id_start_date on guacamole_user_history (user_id, start_date);

create table guacamole_user_password_history (
    password_history_id serial      primary key,
    user_id             integer     not null,
    password_hash       bytea       not null,
    password_salt       bytea,
    password_date       timestamptz not null,
    constraint guacamole_user_password_history_ibfk_1 foreign key (user_id) references guacamole_user on delete cascade
);

create index guacamole_user_password_history_user_id on guacamole_user_password_history (user_id);
