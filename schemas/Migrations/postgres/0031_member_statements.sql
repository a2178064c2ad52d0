-- What portals said of members, on its way to the access record: written with the flags, in one transaction, and gone in that
-- of the record's entry. Nothing here names one: a keyed hash, and content under the sealing key of its day.
create table kp.member_statements (
    id        bigint       generated always as identity primary key,
    member    bytea        not null,         -- as in kp.member_flags: an erasure takes what has not come to the record yet
    key       text         not null,
    sealed    bytea        not null,
    told_at   timestamptz  not null
);
create index member_statements_of on kp.member_statements (member);
