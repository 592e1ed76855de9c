-- What the proxy itself added to a call before its caller had the first byte, in microseconds.
ALTER TABLE proxy_agent_calls ADD COLUMN overhead_us INTEGER;

-- Counters of /metrics that no other table holds, added up over every process. Written every few seconds, not per call.
CREATE TABLE proxy_agent_metrics (
  series TEXT NOT NULL,                     -- responses, refused, duration, first_byte, overhead
  label  TEXT NOT NULL,                     -- a refusal's code, or a provider
  bucket INTEGER NOT NULL,                  -- a status; a bucket's upper bound in microseconds; -1: the sum of all spans
  value  INTEGER NOT NULL,
  PRIMARY KEY (series, label, bucket)
) STRICT, WITHOUT ROWID;
