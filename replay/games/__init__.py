"""Games that were not written for this library. None yet."""
