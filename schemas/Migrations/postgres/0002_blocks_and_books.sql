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
    replay_from  bigint  not null,    -- a replay point, or 0: where the fold must start reading to have its state at next_offset
    watermark_ms bigint  not null,    -- log time up to which this partition has received everything
    primary key (topic, partition)
);

-- The fold's clock at some offsets where a block begins, so that a replay can start there.
create table kp.replay_points (
    topic      uuid    not null,
    partition  int     not null,
    "offset"   bigint  not null,
    clock      bytea   not null,
    primary key (topic, partition, "offset")
);

create sequence kp.attempt_numbers;
-- Every insert into ClickHouse, named before it is sent. Readers take rows of done attempts only.
create table kp.attempts (
    attempt  bigint   primary key,
    target   text     not null check (target in ('pending', 'published')),
    done     boolean  not null default false
);
create index attempts_not_done on kp.attempts (target, attempt) where not done;

-- The only way to a new attempt. Under the lock, attempts become visible in the order of their numbers: else a reader
-- who takes the newest done one and leaves out the open ones before it could miss an open one that was not visible yet.
create function kp.new_attempt(target text) returns bigint language plpgsql as $$
declare
    number bigint;
begin
    perform pg_advisory_xact_lock(7809634);
    insert into kp.attempts (attempt, target) values (nextval('kp.attempt_numbers'), target) returning attempt into number;
    return number;
end $$;

create table kp.blocks (
    topic         uuid    not null,
    partition     int     not null,
    first_offset  bigint  not null,
    last_offset   bigint  not null,
    epoch         bigint  not null,
    fold_version  int     not null,
    digest        bytea   not null,   -- HMAC-SHA256 of the rows, labels in clear, under the log day's key
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

-- Site days that have been counted, and whether they are closed: live ones when every partition's watermark has passed
-- the day's end and the lateness, others at the end of an import on all partitions.
create table kp.site_days (
    site     text         not null,
    day      date         not null,
    ends_at  timestamptz  not null,
    is_live  boolean      not null,
    closed   boolean      not null default false,
    primary key (site, day)
);
create index site_days_open on kp.site_days (ends_at) where not closed;

-- A partition is done with a site's day. Rows of a day come for all partitions at once. Blocks after that are late data.
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

-- What has been received completely of each file. Intervals, not high marks: groups may arrive with gaps between them.
create table kp.seen_ranges (
    topic      uuid            not null,
    partition  int             not null,
    source     uuid            not null,
    kind       int             not null,   -- GroupKind
    since      bigint          not null,   -- first offset of the block that added them: a replay from r starts with those of since < r
    ranges     int8multirange  not null,
    primary key (topic, partition, source, kind, since)
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
