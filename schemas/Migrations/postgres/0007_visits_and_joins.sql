-- Visits move by themselves; days with too few people wait for their week and month.
alter table kp.release_days
    add column visits_covered  bigint    not null default 0,     -- visits of the site
    add column visits          bigint    not null default 0,     -- published so far
    add column waiting         bigint[]  not null default '{}';  -- visitors, page views, vouching, vouching viewers, capped views

-- Of days that were decided before there were tables 12 to 22, everything of those is withheld.
update kp.release_days set withheld = withheld || array_fill(3, array[22 - cardinality(withheld)]) where cardinality(withheld) < 22;
