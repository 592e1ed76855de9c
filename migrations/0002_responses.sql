-- Answers that a provider keeps for a later call to build on (previous_response_id), and the token whose call made
-- each. All tokens share one account there; without this any token could read another's conversation.
CREATE TABLE proxy_agent_responses (
  id            TEXT NOT NULL,              -- the provider's
  token_id      TEXT NOT NULL,
  credential_id TEXT NOT NULL,              -- whose account keeps it
  created_ms    INTEGER NOT NULL,
  PRIMARY KEY (id, token_id)
) STRICT;
