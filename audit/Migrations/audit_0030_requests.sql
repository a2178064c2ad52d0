-- Requests of subjects (P11): which are open, and until when they are due. What was asked, by whom, and what came of it is
-- sealed in their streams and folded from there; the row's lock orders what is done in one of them.
create table audit.requests (
    request  uuid     primary key,           -- random
    kind     bytea    not null,              -- search token of what is asked
    due_on   date     not null,
    closed   boolean  not null default false
);
create index requests_by_due on audit.requests (closed, due_on, request);
