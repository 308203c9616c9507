-- The gateways that record history here, and when each was last known to be alive.
create table palta_gateway (
    gateway varchar(36) not null primary key,
    alive   bigint      not null
);

-- Whose the records without an end are. A record is known by its kind ('connection' or 'login') and number alone, without a foreign key, so that
-- upstream's tables know nothing of this one.
create table palta_open_record (
    gateway    varchar(36) not null,
    kind       varchar(16) not null,
    history_id integer     not null,
    primary key (gateway, kind, history_id)
);
