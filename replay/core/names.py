"""What recordings are called."""

SUFFIX = ".replay"
