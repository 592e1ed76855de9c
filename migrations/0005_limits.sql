-- Budgets by window, shared budgets (a group of tokens, a provider), tokens per minute, calls at once, prices of the
-- operator's own, and notices about budgets.

ALTER TABLE proxy_agent_tokens ADD COLUMN window_days INTEGER;      -- of the budget: NULL none, 0 a calendar month, 7 from Monday on, else days; UTC
ALTER TABLE proxy_agent_tokens ADD COLUMN window_start_ms INTEGER NOT NULL DEFAULT 0; -- what spent_nano counts from
ALTER TABLE proxy_agent_tokens ADD COLUMN budget_group TEXT;        -- the group whose budget its calls also draw on
ALTER TABLE proxy_agent_tokens ADD COLUMN token_rate INTEGER;       -- model tokens per minute
ALTER TABLE proxy_agent_tokens ADD COLUMN token_tat_us INTEGER NOT NULL DEFAULT 0; -- GCRA over what was used
ALTER TABLE proxy_agent_tokens ADD COLUMN tokens_held INTEGER NOT NULL DEFAULT 0;  -- model tokens that open calls may use
ALTER TABLE proxy_agent_tokens ADD COLUMN concurrency INTEGER;      -- the most open calls
ALTER TABLE proxy_agent_tokens ADD COLUMN open_calls INTEGER NOT NULL DEFAULT 0;

ALTER TABLE proxy_agent_calls ADD COLUMN budget_group TEXT;         -- the group that holds, too
ALTER TABLE proxy_agent_calls ADD COLUMN provider_held INTEGER NOT NULL DEFAULT 0; -- 1: the provider's budget holds, too
ALTER TABLE proxy_agent_calls ADD COLUMN tokens_held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE proxy_agent_calls ADD COLUMN moves INTEGER NOT NULL DEFAULT 0;         -- how often its hold was changed
ALTER TABLE proxy_agent_calls ADD COLUMN variant TEXT;              -- the price variant the provider used
ALTER TABLE proxy_agent_calls ADD COLUMN geo TEXT;                  -- where it ran, when that has a price
ALTER TABLE proxy_agent_calls ADD COLUMN asides INTEGER NOT NULL DEFAULT 0;        -- other models that answered inside it

UPDATE proxy_agent_tokens SET open_calls = running.calls
  FROM (SELECT token_id, COUNT(*) AS calls FROM proxy_agent_calls WHERE state = 'open' GROUP BY token_id) AS running
 WHERE running.token_id = proxy_agent_tokens.id;

-- Money that several tokens share. `group:NAME` has its limit here; `provider:NAME` has it in the settings.
CREATE TABLE proxy_agent_budgets (
  id              TEXT PRIMARY KEY,
  budget_nano     INTEGER,
  window_days     INTEGER,
  window_start_ms INTEGER NOT NULL DEFAULT 0,
  spent_nano      INTEGER NOT NULL DEFAULT 0,
  held_nano       INTEGER NOT NULL DEFAULT 0,
  rate_tat_us     INTEGER NOT NULL DEFAULT 0,
  last_used_ms    INTEGER,
  created_ms      INTEGER NOT NULL
) STRICT;

-- The operator's prices. `*` is a whole table in the place of the built-in one, `provider:model` is one row.
CREATE TABLE proxy_agent_prices (
  name       TEXT PRIMARY KEY,
  price      TEXT NOT NULL,                 -- JSON, as in the format proxyagent-prices/1
  created_ms INTEGER NOT NULL
) STRICT;
-- `prices` is bumped by every change of them.
INSERT INTO proxy_agent_meta (name, value) VALUES ('prices', 0);

-- One row per budget, window and threshold: to be told once.
CREATE TABLE proxy_agent_notices (
  budget          TEXT NOT NULL,            -- token:ID, group:NAME, provider:NAME
  window_start_ms INTEGER NOT NULL,
  budget_nano     INTEGER NOT NULL,
  threshold       INTEGER NOT NULL,         -- per cent
  spent_nano      INTEGER NOT NULL,
  at_ms           INTEGER NOT NULL,
  tries           INTEGER NOT NULL DEFAULT 0,
  due_ms          INTEGER,                  -- NULL: told, or given up
  PRIMARY KEY (budget, window_start_ms, budget_nano, threshold)
) STRICT;
