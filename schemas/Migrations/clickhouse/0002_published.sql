-- What may be known. Append-only: a figure is the sum of its rows, and null says nothing about it.
CREATE TABLE IF NOT EXISTS published
(
    release_month Date,
    attempt UInt64,
    site LowCardinality(String),
    day Date,
    `table` UInt8,              -- lattice table; 0 is the release's marker row
    hour_from UInt8,            -- run of hours, both included (site table only)
    hour_to UInt8,
    label String,
    requests Nullable(UInt64),
    bytes Nullable(UInt64),
    errors Nullable(UInt64),
    page_views Nullable(UInt64),
    visitors Nullable(UInt64)
)
ENGINE = MergeTree
PARTITION BY release_month
ORDER BY (site, `table`, day, label)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
