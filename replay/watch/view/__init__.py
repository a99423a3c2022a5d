"""What the viewer draws: text, panels, the seek bar. It draws a model and changes none."""
