-- Copies of what was signed. What counts is the file beside the keys, which no one who has the database alone can change.
create table audit.checkpoints (
    size  bigint  primary key,
    note  text    not null      -- C2SP signed note, with the cosignatures it has
);
