-- Days that wait for their week and month also say how many requests of people they had, each visitor's share capped:
-- a sixth number of `waiting`. Of days that were decided before it is not known.
update kp.release_days set waiting = waiting || 0::bigint where cardinality(waiting) = 5;

-- Whether the state of a site's day began in a block (1), or ended and began again (2): whoever was there before counts
-- again from then on.
alter table kp.block_days add column began int not null default 0;
