-- Cells as the processors count them, not published: labels of trees are sealed under the log day's key.
-- Partitioned by the day of the block in the log, so that one insert is one part whatever days its events are of.
CREATE TABLE IF NOT EXISTS pending
(
    log_day Date,
    attempt UInt64,
    site LowCardinality(String),
    day Date,
    `table` UInt8,              -- lattice table; 0 is the block's marker row
    hour UInt8,                 -- hour of the site's day (site table only)
    label String,
    requests UInt64,
    bytes UInt64,
    errors UInt64,
    page_views UInt64,
    visitors UInt64,            -- first time in this cell on this site day
    viewers UInt64,             -- the same, of page views
    vouched UInt64,             -- of visitors, those that vouch (at most two per network)
    vouched_viewers UInt64,
    entered UInt64,             -- visitors whose first label of this table on this day is this one
    vouched_entered UInt64
)
ENGINE = MergeTree
PARTITION BY log_day
ORDER BY (site, day, `table`, attempt)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
