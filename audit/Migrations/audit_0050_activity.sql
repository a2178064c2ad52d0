-- What the asynchronous projection of the record holds (docs/ACCESS.md): random streams, search tokens, counts, and where in
-- the record it is found. It is made from the entries, and can be made again from them.

-- A generation of these tables. At most one answers and one more is being built; what belongs to none is swept away.
create table audit.generations (
    generation  integer      primary key generated always as identity,
    version     integer      not null,             -- of the program's projection
    answers     boolean      not null,
    entries     bigint       not null default 0,   -- how many are in it
    recorded    timestamptz                        -- when the newest of them was
);
create unique index generations_by_use on audit.generations (answers);

-- What members of staff did, by day.
create table audit.acts (
    generation  integer  not null,
    day         date     not null,   -- of the event, UTC
    staff       uuid     not null,   -- stream
    act         bytea    not null,   -- search token
    count       integer  not null,
    last        bigint   not null,   -- the newest of the entries, by index
    primary key (generation, day, staff, act)
);

-- What they did to cases and in streams of others, one by one: their own streams do not have it.
create table audit.acted (
    generation  integer      not null,
    staff       uuid         not null,
    at          timestamptz  not null,
    index       bigint       not null,
    primary key (generation, staff, at, index)
);

-- Whom they looked at, by day: each member once, as a search token.
create table audit.looks (
    generation  integer  not null,
    day         date     not null,
    staff       uuid     not null,
    member      bytea    not null,
    primary key (generation, day, staff, member)
);

-- Sign-ons that failed, by hour.
create table audit.failures (
    generation  integer      not null,
    who         smallint     not null,   -- class of person: 1 members, 2 staff
    hour        timestamptz  not null,
    stream      uuid         not null,
    count       integer      not null,
    last        bigint       not null,
    primary key (generation, who, hour, stream)
);
