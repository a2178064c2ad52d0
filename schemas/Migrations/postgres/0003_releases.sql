-- The publisher's side: one publisher per site, and what has been decided.
create table kp.publishers (
    site        text         primary key,
    epoch       bigint       not null,    -- raised by each claim; everything a claimant writes is guarded by it
    owner       text         not null,
    renewed_at  timestamptz  not null,    -- by the database's clock; a claim that is not renewed may be taken over
    decided_seq bigint       not null default 0   -- every done block up to here has been decided upon: released or withheld
);

create table kp.releases (
    site        text    not null,
    number      bigint  not null,    -- from 1, without gaps among the done ones
    epoch       bigint  not null,
    through_seq bigint  not null,    -- blocks read
    rows        int     not null,
    digest      bytea   not null,    -- SHA-256 of the rows
    attempt     bigint  not null references kp.attempts,
    done_at     timestamptz,
    primary key (site, number)
);

-- Readers ask for the newest done attempt and for those before it that are not.
create index attempts_done on kp.attempts (target, attempt) where done;

-- What has been decided about a site's day. "Covered": cells of blocks up to this number are published.
create table kp.release_days (
    site               text      not null,
    day                date      not null,
    closed             boolean   not null,
    evaluated_seq      bigint    not null,
    steps              int       not null,    -- released while the day was open
    site_covered       bigint    not null,    -- visitors and page views of the site
    technical_covered  bigint    not null,    -- requests, bytes, errors of the site, and the technical tables
    requests           bigint    not null,    -- published so far
    visitors           bigint    not null,
    page_views         bigint    not null,
    covered            bigint[]  not null,    -- of the trees, by table number
    withheld           int[]     not null,    -- band by table number: 0 nothing, 1 under 1 %, 2 under 5 %, 3 more
    ends_at            timestamptz not null,  -- the day's end: what is withheld of an open day waits at least until then
    primary key (site, day)
);
create index release_days_open on kp.release_days (site) where not closed;

-- A publisher asks what is new of its site, however many blocks there have been.
create index block_days_by_seq on kp.block_days (site, seq);
create index day_closes_by_seq on kp.day_closes (site, seq);
create index import_ends_by_seq on kp.import_ends (seq);
