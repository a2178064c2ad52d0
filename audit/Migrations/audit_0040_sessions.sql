-- Members' sessions as the log has told of them, one row for a member and site that it ever told of: what the next event,
-- or the next move of the log's clock, is held against (P0). Changed only in the transaction that appends, in the order of
-- the log. No name in it: who it is of is in the body, sealed under that member's own keys.
create table audit.sessions (
    stream     uuid      not null,
    site       bigint    not null,   -- search token
    topic      uuid      not null,   -- whose clock ends it
    partition  int       not null,
    last_ms    bigint    not null,   -- the last activity; of a session that has ended, its end
    due_ms     bigint,               -- when the log's clock ends it; null once it has ended
    import     uuid,                 -- the import that the last activity came with: its end ends it as well
    opened_ms  bigint    not null,   -- when it began: where the body was sealed for
    year       int       not null,   -- which year's key the body opens under; the row goes with the key
    body       bytea     not null,   -- what its end will say
    primary key (stream, site)
);
create index sessions_by_due on audit.sessions (topic, partition, due_ms) where due_ms is not null;
