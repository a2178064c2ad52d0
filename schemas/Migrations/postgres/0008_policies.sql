-- Published revisions of the privacy policy (docs/POLICY.md); the built-in one, 20170913, is in the program.
create table kp.policies (
    revision        text         primary key,
    document        text         not null,   -- JSON as it was published, to the character
    notice_from     date         not null,
    effective_from  date         not null unique,
    published_at    timestamptz  not null
);

-- What was folded under a revision must fold so again: a published one never changes.
create function kp.policies_never_change() returns trigger language plpgsql as $$
begin
    raise exception 'a published policy never changes';
end $$;
create trigger never_change before update or delete on kp.policies for each statement execute function kp.policies_never_change();

-- The revisions that a block's events were received under. Empty where its groups stamp none, and before this was noted: 20170913.
alter table kp.blocks add column policies text[] not null default '{}';

-- How long the day waits for late events, by the revision under which its first one was received.
alter table kp.site_days add column lateness_ms bigint not null default 7200000;

-- The revision in force when the release was decided.
alter table kp.releases add column policy text not null default '20170913';
