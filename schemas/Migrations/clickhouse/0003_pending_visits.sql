-- Counters of visits, of time on page and of cookies' ages, and sums with each visitor's share capped. Beside a sum
-- stands how many of those who made it vouch.
ALTER TABLE pending
    ADD COLUMN IF NOT EXISTS capped_requests UInt64,
    ADD COLUMN IF NOT EXISTS capped_views UInt64,
    ADD COLUMN IF NOT EXISTS visits UInt64,             -- on the day and in the hour in which they began
    ADD COLUMN IF NOT EXISTS vouched_visiting UInt64,
    ADD COLUMN IF NOT EXISTS bounces UInt64,            -- visits of one page view
    ADD COLUMN IF NOT EXISTS vouched_bouncing UInt64,
    ADD COLUMN IF NOT EXISTS vouched_staying UInt64,    -- visitors with a visit of more than one page view
    ADD COLUMN IF NOT EXISTS visit_views UInt64,
    ADD COLUMN IF NOT EXISTS capped_visit_views UInt64,
    ADD COLUMN IF NOT EXISTS visit_seconds UInt64,
    ADD COLUMN IF NOT EXISTS capped_visit_seconds UInt64,
    ADD COLUMN IF NOT EXISTS stays UInt64,              -- page views that another one followed within the visit
    ADD COLUMN IF NOT EXISTS vouched_stays UInt64,
    ADD COLUMN IF NOT EXISTS stay_seconds UInt64,
    ADD COLUMN IF NOT EXISTS capped_stay_seconds UInt64,
    ADD COLUMN IF NOT EXISTS new_visitors UInt64,       -- of visitors, by their cookie's own age
    ADD COLUMN IF NOT EXISTS vouched_new UInt64,
    ADD COLUMN IF NOT EXISTS vouched_returning UInt64
