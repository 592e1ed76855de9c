-- What was done to this proxy, by whom: admin actions one by one, calls in sealed batches. Each entry's hash covers the
-- entry before it, so none can be changed, moved or taken out of the middle unnoticed.
CREATE TABLE proxy_agent_audit (
  seq        INTEGER PRIMARY KEY,           -- 1, 2, 3, … without gaps
  ts_ms      INTEGER NOT NULL,
  actor      TEXT NOT NULL,                 -- admin-token, local, session:…, proxy
  action     TEXT NOT NULL,                 -- token.create, alias.set, calls.seal, …
  subject    TEXT NOT NULL,                 -- the id or name of what was changed
  request_id TEXT NOT NULL,                 -- the client's, else the proxy's own
  detail     TEXT NOT NULL,                 -- JSON, redacted
  marks      TEXT NOT NULL,                 -- of sealed calls: 12 hex digits for each, in order of their ids
  prev       TEXT NOT NULL,                 -- the hash of the entry before; 64 zeros at the first
  hash       TEXT NOT NULL
) STRICT;

-- The admin's list leaves the seals out.
CREATE INDEX proxy_agent_audit_deeds ON proxy_agent_audit (seq) WHERE action <> 'calls.seal';

-- `sealed`: the calls that began before this moment are sealed.
INSERT INTO proxy_agent_meta (name, value) VALUES ('sealed', 0);
