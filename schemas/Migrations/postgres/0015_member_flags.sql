-- What the portals have said of members whose telemetry is dropped at the door (P12, P14, P15). Nothing here names one:
-- keyed hashes, under a key of the key store.
create sequence kp.member_flag_versions;
create table kp.member_flags (
    member      bytea        primary key,
    flags       int          not null,         -- MemberFlags; 0: taken back, told to every ingest and then forgotten
    version     bigint       not null unique,  -- rising in the order of commits: what is newer is after what was read
    changed_at  timestamptz  not null
);
create index member_flags_taken_back on kp.member_flags (changed_at) where flags = 0;
