-- The schema of both homes: read by wrangler for D1 and by the native server for SQLite.
-- No PRAGMA and no BEGIN here: D1 refuses them. Money is in nano-dollars, times in Unix milliseconds.

CREATE TABLE proxy_agent_tokens (
  id            TEXT PRIMARY KEY,
  hash          TEXT NOT NULL UNIQUE,       -- SHA-256 of the token, hex; the token itself is never stored
  masked        TEXT NOT NULL,              -- what a list shows, e.g. pa_Ab12…9xYz
  label         TEXT NOT NULL,
  scope         TEXT NOT NULL,              -- JSON array of entries
  version       INTEGER NOT NULL DEFAULT 1, -- bumped by every edit; admission re-checks it
  created_ms    INTEGER NOT NULL,
  expires_ms    INTEGER,
  revoked_ms    INTEGER,
  last_used_ms  INTEGER,
  last_call     TEXT,                       -- the call admitted last; ties the statements of one admission together
  rate_limit    INTEGER,                    -- calls per minute
  rate_tat_us   INTEGER NOT NULL DEFAULT 0, -- GCRA: theoretical arrival time, microseconds
  budget_nano   INTEGER,
  spent_nano    INTEGER NOT NULL DEFAULT 0,
  held_nano     INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE proxy_agent_calls (
  id               TEXT PRIMARY KEY,        -- time-ordered
  request_id       TEXT NOT NULL,
  token_id         TEXT,
  state            TEXT NOT NULL,           -- open, settled, orphaned, refused
  started_ms       INTEGER NOT NULL,
  lease_ms         INTEGER,                 -- while open: when it counts as orphaned
  dialect          TEXT NOT NULL,
  operation        TEXT NOT NULL,
  asked_provider   TEXT,
  asked_model      TEXT,
  provider         TEXT,
  model            TEXT,
  rule             TEXT,
  credential_id    TEXT,
  streamed         INTEGER NOT NULL DEFAULT 0,
  attempts         INTEGER NOT NULL DEFAULT 0,
  status           INTEGER,
  held_nano        INTEGER NOT NULL DEFAULT 0,
  cost_nano        INTEGER NOT NULL DEFAULT 0,
  pricing          TEXT,
  input            INTEGER NOT NULL DEFAULT 0,
  cache_read       INTEGER NOT NULL DEFAULT 0,
  cache_write      INTEGER NOT NULL DEFAULT 0,
  cache_write_long INTEGER NOT NULL DEFAULT 0,
  output           INTEGER NOT NULL DEFAULT 0,
  reasoning        INTEGER NOT NULL DEFAULT 0,
  audio_in         INTEGER NOT NULL DEFAULT 0,
  image_in         INTEGER NOT NULL DEFAULT 0,
  audio_out        INTEGER NOT NULL DEFAULT 0,
  image_out        INTEGER NOT NULL DEFAULT 0,
  web_search       INTEGER NOT NULL DEFAULT 0,
  web_fetch        INTEGER NOT NULL DEFAULT 0,
  ended            TEXT,                    -- refused, complete, truncated, client_gone
  error            TEXT,
  first_byte_ms    INTEGER,
  duration_ms      INTEGER
) STRICT, WITHOUT ROWID;

-- Counters per day, so that usage never sums over calls.
CREATE TABLE proxy_agent_usage (
  day               INTEGER NOT NULL,       -- UTC days since 1970-01-01
  token_id          TEXT NOT NULL,          -- '' where no token was recognised
  provider          TEXT NOT NULL,
  model             TEXT NOT NULL,
  requests          INTEGER NOT NULL,
  refused           INTEGER NOT NULL,
  prompt_tokens     INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  cost_nano         INTEGER NOT NULL,
  PRIMARY KEY (day, token_id, provider, model)
) STRICT, WITHOUT ROWID;

CREATE TABLE proxy_agent_aliases (
  match      TEXT PRIMARY KEY,
  target     TEXT NOT NULL,
  position   INTEGER NOT NULL,
  created_ms INTEGER NOT NULL
) STRICT;

-- One row per fact about the store itself. `epoch` is bumped by every change to what calls are routed by;
-- the admission statement compares it, so a cached copy is never acted upon after a change.
CREATE TABLE proxy_agent_meta (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT;

-- `swept`: no call that began before this moment is still open.
INSERT INTO proxy_agent_meta (name, value) VALUES ('epoch', 1), ('swept', 0);
