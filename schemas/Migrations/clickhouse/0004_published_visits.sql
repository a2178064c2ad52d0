-- Figures of visits, of time on page and of new visitors. Where they are told at all, they are told by rows of their own
-- or beside the others: null says nothing, as everywhere here.
ALTER TABLE published
    ADD COLUMN IF NOT EXISTS visits Nullable(UInt64),
    ADD COLUMN IF NOT EXISTS bounces Nullable(UInt64),
    ADD COLUMN IF NOT EXISTS visit_seconds Nullable(UInt64),
    ADD COLUMN IF NOT EXISTS stays Nullable(UInt64),          -- rounded to tens
    ADD COLUMN IF NOT EXISTS stay_seconds Nullable(UInt64),   -- average in whole seconds, times stays
    ADD COLUMN IF NOT EXISTS new_visitors Nullable(UInt64)
