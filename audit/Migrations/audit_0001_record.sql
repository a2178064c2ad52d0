-- Beside Marten's tables (schema audit, made by Marten). No plain name of a person is in any of them.
create schema if not exists audit;

-- From a person to their stream. The token is an HMAC under a key of the key store: without that key nobody can tell
-- whose stream it is, nor test a name.
create table audit.people (
    token   bytea  primary key,
    stream  uuid   not null unique
);

-- What has been recorded once is not recorded again: a file source and position, or an HMAC of a sender's key and event id.
create table audit.identities (
    identity  bytea  primary key
);

-- The order of the record. The index is given under the head row's lock, in the appending transaction, so that it has
-- no gap and rises in the order of commits; Marten's sequence has gaps and is seen out of order.
create table audit.entries (
    index  bigint       primary key,
    seq    bigint       not null unique,   -- Marten's number of the event
    kind   text         not null,
    at     timestamptz  not null           -- event time
);
create index entries_by_time on audit.entries (at, index);
create index entries_by_kind on audit.entries (kind, at, index);

-- The single row whose lock orders appends. Locked last in every transaction.
create table audit.head (
    one      boolean  primary key default true check (one),
    entries  bigint   not null,
    access   bigint   not null   -- of those, what members did, from logs and portals
);
insert into audit.head (entries, access) values (0, 0);
