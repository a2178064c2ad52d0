-- Checkpoints of a file's content, as long as it has been seen: for each end of a line of the first mebibyte, and then for
-- the first after every 64 KiB, 4 bytes distance from the one before and 8 bytes of an HMAC of the digest up to there.
-- Keyed, since with a digest for each line a guess of a line could be tested.
create table kp.source_chains (
    source  uuid   primary key references kp.sources,
    chain   bytea  not null
);
