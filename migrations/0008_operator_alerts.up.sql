-- What the people who run V-Insight are told of: times in which workers were blind. One row per trouble and region,
-- however many workers notice it. Nothing of a tenant; the API has no right to it.

CREATE TABLE operator_alerts (
  id uuid NOT NULL,
  -- Of a closed set in code, such as network_gone.
  key text NOT NULL,
  region text NOT NULL,
  began_at timestamptz NOT NULL,
  -- When a worker last said that it lasts. Nobody says so any more: it is over.
  seen_at timestamptz NOT NULL,
  ended_at timestamptz,
  begin_told_at timestamptz,
  end_told_at timestamptz,
  -- Until then one worker alone tries to tell it.
  claimed_until timestamptz,
  CONSTRAINT pk_operator_alerts PRIMARY KEY (id)
);
-- One at a time.
CREATE UNIQUE INDEX idx_operator_alerts_open ON operator_alerts (key, region) WHERE ended_at IS NULL;
-- What is left to tell: hardly ever anything, and looked at every few seconds.
CREATE INDEX idx_operator_alerts_untold ON operator_alerts (began_at) WHERE end_told_at IS NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON operator_alerts TO vinsight_worker;
