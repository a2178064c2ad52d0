-- What ingest knows: sites, and the files that have been sent (chains of hashes, no content).
create table kp.sites (
    name        text        not null,
    revision    int         not null,
    timezone    text        not null,
    hosts       text[]      not null,
    created_at  timestamptz not null,
    primary key (name, revision)
);

-- A file source: the chain of hashes over its decompressed content. Candidates for a file share its first line.
create table kp.sources (
    source      uuid        primary key,
    site        text        not null,
    head        bytea       not null,   -- SHA-256 of the first line
    state_key   text        not null,   -- a source keeps one state key, so that its visitors stay the same when it grows
    created_at  timestamptz not null
);
create index sources_by_head on kp.sources (site, head);

-- SHA-256 over the first `length` bytes, at each length the file has been seen at.
create table kp.source_lengths (
    source  uuid    not null references kp.sources,
    length  bigint  not null,
    digest  bytea   not null,
    primary key (source, length)
);

-- One sending of a source.
create table kp.imports (
    import        uuid        primary key,
    source        uuid        not null references kp.sources,
    site          text        not null,
    length        bigint      not null,
    started_at    timestamptz not null,
    sent_through  bigint      not null default 0,   -- bytes acknowledged, from the start
    sent_rows     bigint      not null default 0,   -- rows stored in those bytes, whatever their outcome
    ended_at      timestamptz                       -- the end marks are in Kafka
);
create index imports_by_source on kp.imports (source, started_at);
