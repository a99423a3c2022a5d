"""What the viewer draws: text, panels, the seek bar, and how a game looks. It draws a model and changes none."""
