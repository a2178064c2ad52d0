-- What a hold covers: all, telemetry, or the access record; a hold on a person covers what the record says of them. Who that
-- is, is in the record, sealed: the token is an HMAC under a key of the key store. The purpose is a word of a closed list.
alter table kp.holds add column covers text not null default 'all' check (covers in ('all', 'telemetry', 'record'));
alter table kp.holds add column person bytea check (person is null or covers = 'record');

-- What was agreed in a case (P15), beside what a portal says: no statement of a portal takes it back.
alter table kp.member_flags add column agreed int not null default 0;
