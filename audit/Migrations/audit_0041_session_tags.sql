-- Each row under an HMAC of the record's key: what is appended because of it is what the log told, and nothing that somebody
-- put into the table. A row without one, from before there were any, is none: its session has no end by inactivity.
alter table audit.sessions add column tag bytea not null default '';
