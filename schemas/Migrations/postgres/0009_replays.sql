-- A rejected line that can be used is sent again as part of an import of its own: where it stands in it, and the
-- partition that it went to, are decided once, before anything is sent.
alter table kp.rejected
    add column received_ms  bigint,                          -- of its group, Unix time; null for those from before this was noted
    add column replay       uuid    references kp.imports,
    add column position     bigint,                          -- among the lines of that import
    add column target       int;
create index rejected_waiting on kp.rejected (topic, partition, "offset", row) where replay is null;
create index rejected_by_replay on kp.rejected (replay, position) where replay is not null;
