-- Who is signed in to the dashboard. What the browser holds is never stored, only a hash of it that also depends on the
-- admin token: another admin token, and every session and login link is void.
CREATE TABLE proxy_agent_sessions (
  hash       TEXT PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,          -- what lists show and revocations name
  created_ms INTEGER NOT NULL,
  seen_ms    INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  agent      TEXT NOT NULL                  -- the browser's own word for itself
) STRICT;

-- Login links that were not used yet.
CREATE TABLE proxy_agent_login_codes (
  hash       TEXT PRIMARY KEY,
  expires_ms INTEGER NOT NULL
) STRICT;
