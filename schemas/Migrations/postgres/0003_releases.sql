-- The publisher's side: one publisher per site, and what has been decided.
create table kp.publishers (
    site        text         primary key,
    epoch       bigint       not null,
    owner       text         not null,
    renewed_at  timestamptz  not null,
    decided_seq bigint       not null default 0   -- every done block up to here has been decided upon
);

create table kp.releases (
    site      text         not null,
    number    bigint       not null,
    epoch     bigint       not null,
    through_seq bigint     not null,    -- blocks read
    digest    bytea        not null,
    attempt   bigint       not null references kp.attempts,
    done_at   timestamptz,
    primary key (site, number)
);
