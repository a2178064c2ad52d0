-- What retention asks before a key ends, and what it has decided.

-- Where in a partition's log groups lie that opened under a key, or whose state is keyed by it.
create table kp.key_uses (
    topic         uuid    not null,
    partition     int     not null,
    key           text    not null,
    first_offset  bigint  not null,
    last_offset   bigint  not null,
    primary key (topic, partition, key)
);

-- Days of which nothing may end: a legal hold. Both days are included; without a last day it holds everything from the first.
create table kp.holds (
    hold       uuid         primary key,
    from_day   date         not null,
    to_day     date,
    purpose    text         not null,
    placed_at  timestamptz  not null,
    lifted_at  timestamptz
);

-- Keys whose end is decided. Decided is the point of no return; ended, that the key is gone and the record says so.
create table kp.key_ends (
    key         text         primary key,
    policy      text         not null,
    decided_at  timestamptz  not null,
    ended_at    timestamptz
);
create index key_ends_open on kp.key_ends (key) where ended_at is null;

-- As of the last look: what every living key waits for.
create table kp.retention_report (
    key        text         primary key,
    until      timestamptz,            -- by policy; null where the log tells no time yet
    waits_for  text         not null,  -- in words
    seen_at    timestamptz  not null
);
