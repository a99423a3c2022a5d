"""Verifying many recordings, explaining what differs, and telling whether a game is deterministic at all."""
