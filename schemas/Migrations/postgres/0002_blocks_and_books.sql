-- The processors' side: who owns a partition, what has been counted from it exactly once, and the books.
create table kp.topics (
    topic       uuid  primary key,    -- the broker's topic id: a topic made anew is another topic
    name        text  not null,
    partitions  int   not null        -- recorded once; a topic whose number of partitions changed is refused
);

create table kp.partitions (
    topic        uuid    not null references kp.topics,
    partition    int     not null,
    epoch        bigint  not null,    -- raised by each claim; everything a claimant writes is guarded by it
    owner        text    not null,
    next_offset  bigint  not null,    -- first offset that no done block covers
    replay_from  bigint  not null,    -- where the fold must start reading to have its state at next_offset
    primary key (topic, partition)
);

create sequence kp.attempt_numbers;
-- Every insert into ClickHouse, named before it is sent. Readers take rows of done attempts only.
create table kp.attempts (
    attempt  bigint   primary key,
    target   text     not null check (target in ('pending', 'published')),
    done     boolean  not null default false
);
create index attempts_not_done on kp.attempts (target, attempt) where not done;

create table kp.blocks (
    topic         uuid    not null,
    partition     int     not null,
    first_offset  bigint  not null,
    last_offset   bigint  not null,
    epoch         bigint  not null,
    fold_version  int     not null,
    digest        bytea   not null,   -- SHA-256 of the rows
    rows          int     not null,
    log_day       date    not null,
    attempt       bigint  not null references kp.attempts,
    seq           bigint  unique,     -- given when done, rising in the order of commits
    done_at       timestamptz,
    primary key (topic, partition, first_offset)
);

-- The single row whose lock orders commits: a reader that sees seq n sees everything up to n.
create table kp.head (
    one  boolean  primary key default true check (one),
    seq  bigint   not null
);
insert into kp.head (seq) values (0);

create table kp.block_days (
    site  text    not null,
    day   date    not null,
    seq   bigint  not null,
    primary key (site, day, seq)
);

-- A partition is done with a site's day (watermark or end of import). Blocks after that are late data.
create table kp.day_closes (
    site       text    not null,
    day        date    not null,
    topic      uuid    not null,
    partition  int     not null,
    seq        bigint  not null,
    primary key (site, day, topic, partition)
);

create table kp.books (
    topic      uuid    not null,
    partition  int     not null,
    site       text    not null,     -- empty: the site is not known
    import     uuid    not null,     -- all zero: live
    outcome    text    not null check (outcome in ('counted', 'duplicate', 'rejected', 'dropped')),
    reason     int     not null,     -- schemas Reason; 0 for counted and duplicate
    events     bigint  not null,
    primary key (topic, partition, site, import, outcome, reason)
);

create table kp.import_ends (
    import     uuid    not null,
    topic      uuid    not null,
    partition  int     not null,
    seq        bigint  not null,
    primary key (import, topic, partition)
);

-- Intervals, not high marks: groups may arrive with gaps between them.
create table kp.seen_ranges (
    topic      uuid            not null,
    partition  int             not null,
    source     uuid            not null,
    kind       int             not null,   -- GroupKind
    ranges     int8multirange  not null,
    primary key (topic, partition, source, kind)
);
create table kp.seen_sequences (
    topic      uuid            not null,
    partition  int             not null,
    instance   bytea           not null,
    sequences  int8multirange  not null,
    primary key (topic, partition, instance)
);

-- Pointers to what was rejected, so that it can be replayed while its key lives.
create table kp.rejected (
    topic      uuid    not null,
    partition  int     not null,
    "offset"   bigint  not null,
    row        int     not null,
    site       text    not null,
    reason     int     not null,
    seq        bigint  not null,
    primary key (topic, partition, "offset", row)
);
