-- Rebuilds: the log folded again and compared with what was counted (docs/REPLAY.md, docs/adr/0003).
create table kp.rebuilds (
    rebuild       uuid         primary key,           -- also the topic that its blocks are of
    generation    int          generated always as identity unique,
    from_day      date,                               -- log day to begin with; null for all that the log has
    requested_at  timestamptz  not null,
    topic         uuid,                               -- what follows is decided when it is first taken up
    fold_version  int,
    through_seq   bigint,                             -- compared with done blocks up to this one
    log_day       date,                               -- of its rows
    state         text         not null default 'requested' check (state in ('requested', 'folding', 'comparing', 'done', 'failed')),
    books         text         check (books in ('equal', 'part')),   -- part: the span does not begin where the books do
    problem       text,
    ended_at      timestamptz
);
create unique index rebuilds_under_way on kp.rebuilds ((true)) where state not in ('done', 'failed');

create table kp.rebuild_partitions (
    rebuild       uuid    not null references kp.rebuilds,
    partition     int     not null,
    first_offset  bigint  not null,
    end_offset    bigint  not null,
    next_offset   bigint  not null,                   -- how far it is; told, and not gone on from
    primary key (rebuild, partition)
);

-- The books at that moment, by site and outcome.
create table kp.rebuild_books (
    rebuild  uuid    not null references kp.rebuilds,
    site     text    not null,
    outcome  text    not null,
    events   bigint  not null,
    primary key (rebuild, site, outcome)
);

-- What the comparison found. No numbers: they could concern fewer people than may be told of.
create table kp.rebuild_days (
    rebuild   uuid    not null references kp.rebuilds,
    site      text    not null,
    day       date    not null,
    "table"   int     not null,                       -- lattice table
    outcome   text    not null check (outcome in ('equal', 'higher', 'lower', 'part', 'ended-equal', 'ended-higher', 'ended-lower')),
    block     bigint,                                 -- the rebuild's block that adds what is higher
    primary key (rebuild, site, day, "table")
);
