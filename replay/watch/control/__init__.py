"""What the user does: keys and mouse become requests to a model."""
