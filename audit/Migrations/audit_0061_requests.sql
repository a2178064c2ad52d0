-- The tag is an HMAC under a key of the key store over the row: the database alone cannot close a request or give it another
-- day. Rows without one are made anew by the first list.
alter table audit.requests add column tag bytea not null default '';
alter table audit.requests alter column tag drop default;
