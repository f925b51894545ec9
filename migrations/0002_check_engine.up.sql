-- What the check engine keeps: sealed settings of monitors, what checks found beyond their verdict, and the evidence of
-- incidents. The grants of 0001 are on whole tables where the new columns may be read and written by the same roles; the
-- API may write neither last_good nor evidence, as it may write no other finding of the worker's.

ALTER TABLE monitors
  -- good when the check fails: what must not be reachable
  ADD COLUMN inverted boolean NOT NULL DEFAULT false,
  -- AES-256-GCM with a key id in front; never read back by the API
  ADD COLUMN secrets bytea,
  -- which settings are in there, so that nobody needs to open them to tell
  ADD COLUMN secret_names text[] NOT NULL DEFAULT '{}';

-- { "at", "traits" }: when the last good check began and what it found. Written only when the traits change or good checks
-- end: while the newest check is good, its instant is checked_at. Small, so that updates stay in the page.
ALTER TABLE monitor_state ADD COLUMN last_good jsonb;

-- Only of checks that are not up, and without the response.
ALTER TABLE monitor_checks ADD COLUMN detail jsonb;

-- { "lastGood": { "at", "traits" } or null, "firstBad": { "at", "traits", "detail" } }
ALTER TABLE incidents ADD COLUMN evidence jsonb;
