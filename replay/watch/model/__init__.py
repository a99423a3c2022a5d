"""What the viewer knows: where it is, how it moves, what happened. No pygame."""
