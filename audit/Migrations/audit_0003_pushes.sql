-- How far each SIEM has been told of the record: the index of the next entry. Moved after what came before was taken, so
-- that nothing is left out; what was taken and not noted is told again, and known by its index.
create table audit.pushes (
    sink  text    primary key,
    next  bigint  not null
);
