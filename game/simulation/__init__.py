"""What happens in a tick.

tick         one tick, phase by phase, and state 0
orders       what players ask for: go there, dash, reload, use an item
movement     what they do with their feet
combat       what shots do
world        what the arena does by itself
standing     who leads, and who wears the crown
log          where events are written
"""

from .tick import start, step

__all__ = ["start", "step"]
