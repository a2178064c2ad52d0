-- 0: counted. Others: a rebuild's, for its comparison alone; their attempts are never named done.
ALTER TABLE pending ADD COLUMN IF NOT EXISTS generation UInt32 DEFAULT 0
