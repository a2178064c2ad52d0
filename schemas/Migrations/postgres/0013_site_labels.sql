-- What of a site's own may become a label by name: its routes, its events, its campaigns.
alter table kp.sites
    add column routes    text[] not null default '{}',   -- patterns such as /doctors/{…}/reviews
    add column events    text[] not null default '{}',
    add column campaigns text[] not null default '{}';
