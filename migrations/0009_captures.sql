-- Prompts and answers, only of tokens whose operator asked for it, only until the moment given, sealed with the master key.
ALTER TABLE proxy_agent_tokens ADD COLUMN capture_until_ms INTEGER;

CREATE TABLE proxy_agent_captures (
  call_id TEXT PRIMARY KEY,                 -- time-ordered, like the call's
  key_id  TEXT NOT NULL,                    -- the master key that sealed it
  request TEXT NOT NULL,                    -- sealed
  answer  TEXT NOT NULL                     -- sealed
) STRICT;

-- `KEY.HEX` over the hash: whoever can write here but has no master key cannot make one. NULL where there was no key.
ALTER TABLE proxy_agent_audit ADD COLUMN mac TEXT;
