-- What is known of a tool's call beyond its row in proxy_agent_calls (same id, provider 'tool').
CREATE TABLE proxy_agent_tool_calls (
  id             TEXT PRIMARY KEY,
  request_id     TEXT NOT NULL,            -- shared with the model calls of the same request
  token_id       TEXT,
  tool           TEXT NOT NULL,
  started_ms     INTEGER NOT NULL,
  outcome        TEXT NOT NULL,            -- ok, or the code of what went wrong
  status         INTEGER,                  -- the HTTP status of the tool's server, if it answered
  sent_bytes     INTEGER NOT NULL,
  received_bytes INTEGER NOT NULL,
  cost_nano      INTEGER NOT NULL
) STRICT;

-- Conversations with tools that a provider keeps (Responses): the id that the caller knows leads to the last turn's, and
-- to the calls that the provider still waits for.
CREATE TABLE proxy_agent_tool_answers (
  id          TEXT NOT NULL,
  token_id    TEXT NOT NULL,
  last_id     TEXT NOT NULL,
  unanswered  TEXT NOT NULL,               -- JSON array of call ids
  created_ms  INTEGER NOT NULL,
  PRIMARY KEY (id, token_id)
) STRICT;

-- 1: the proxy's tools are offered to the model in every call of this token.
ALTER TABLE proxy_agent_tokens ADD COLUMN tools INTEGER NOT NULL DEFAULT 0;
