"""New recordings from old ones, events as they happen, and an index over many recordings."""
