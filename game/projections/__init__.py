"""What people want to know of a match of arena, each as a fold over its events: the same for the HUD, the viewer and the library.

Everyone appears by their seat (0 ...) and their name; names may be the same, seats are not. Ticks are those of the events.

base        what they have in common
players     scoreboard and economy, tables of the players
kills       the kill feed, a table; who killed whom how often, a matrix
course      score, gold and health every second, a series
heat_map    where people died, fired and stood, a grid
highlights  moments worth showing, a table
"""

from .course import Course
from .heat_map import HeatMap
from .highlights import Highlights
from .kills import KillFeed, KillMatrix, kills_of
from .players import Economy, Scoreboard

PROJECTIONS = {each.name: each for each in (Scoreboard, KillFeed, KillMatrix, Course, HeatMap, Economy, Highlights)}

__all__ = ["PROJECTIONS", "Course", "Economy", "HeatMap", "Highlights", "KillFeed", "KillMatrix", "Scoreboard", "kills_of"]
