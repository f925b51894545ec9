DROP FUNCTION find_heartbeat(text);
DROP FUNCTION note_reception(interval);
DROP TABLE heartbeat_reception;
DROP TABLE heartbeats;
DROP TABLE heartbeat_state;
DROP TABLE heartbeat_tokens;
