-- What a call costs by a later price. What it was charged stays as it was: the audit log seals that.
ALTER TABLE proxy_agent_calls ADD COLUMN repriced_nano INTEGER;
