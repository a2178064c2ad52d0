-- What happened is sealed whole, each entry has a leaf, and who has which stream is known to the key store alone.
do $$
begin
    if exists (select from audit.entries) then
        raise exception 'this home holds entries from before the record had leaves, which nothing can be proven of: keep it for reading with the version that wrote it, and begin a new home';
    end if;
end
$$;

drop table audit.entries;
drop table audit.people;
drop table audit.head;

-- The order of the record. The index is given under the head row's lock, in the appending transaction, so that it has
-- no gap and rises in the order of commits; Marten's sequence has gaps and is seen out of order.
create table audit.entries (
    index     bigint       primary key,
    seq       bigint       not null unique,                      -- Marten's number of the event
    stream    uuid         not null,
    at        timestamptz  not null,                             -- event time
    recorded  timestamptz  not null,                             -- by this database's clock, rising with the index
    kind      bytea        not null,                             -- search token of the kind
    leaf      bytea        not null check (length(leaf) = 33)
);
create index entries_by_time on audit.entries (at, index);
create index entries_by_kind on audit.entries (kind, at, index);
create index entries_by_stream on audit.entries (stream, at, index);

-- Roots of whole subtrees of 256^level leaves, so that a proof needs few reads.
create table audit.subtrees (
    level  smallint  not null,
    index  bigint    not null,
    hash   bytea     not null check (length(hash) = 32),
    primary key (level, index)
);

-- The single row whose lock orders appends. Its tag is an HMAC over the rest under a key of the key store: the database
-- alone cannot put another head in its place.
create table audit.head (
    one       boolean      primary key default true check (one),
    entries   bigint       not null,
    access    bigint       not null,   -- of those, what members did, from logs and portals
    recorded  timestamptz  not null,
    frontier  bytea        not null,   -- the right edge of the tree
    tag       bytea        not null
);
insert into audit.head (entries, access, recorded, frontier, tag) values (0, 0, '-infinity', '', '');
