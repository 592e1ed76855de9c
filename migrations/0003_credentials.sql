-- Stored credentials. Everything of one (secret, refresh token, endpoint, region) is one sealed text, bound to its row:
-- moved to another row, or edited, it does not open. What calls are paid with is part of their routing, so every change
-- but the health of a credential bumps the epoch.
CREATE TABLE proxy_agent_keys (
  id                  TEXT PRIMARY KEY,
  provider            TEXT NOT NULL,
  kind                TEXT NOT NULL,
  label               TEXT NOT NULL,
  priority            INTEGER NOT NULL DEFAULT 0, -- lower is used first
  sealed              TEXT NOT NULL,
  key_id              TEXT NOT NULL,              -- the master key that opens it
  version             INTEGER NOT NULL DEFAULT 1, -- of the secret; parks are of one version
  created_ms          INTEGER NOT NULL,
  changed_ms          INTEGER NOT NULL,
  disabled_ms         INTEGER,
  access              TEXT,                       -- a short-lived access token, sealed likewise
  access_until_ms     INTEGER,
  refreshing_until_ms INTEGER,                    -- whoever set it is exchanging for a new access token
  parked_until_ms     INTEGER,
  parked_why          TEXT,
  failures            INTEGER NOT NULL DEFAULT 0
) STRICT;
