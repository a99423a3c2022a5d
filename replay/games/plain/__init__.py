"""The easiest way to write a game of one's own: `class Pong(PlainGame)`, whose attributes are the state of a match.

game        `PlainGame`: a class that is the game, its instances the matches
inputs      what a player holds, declared as a NamedTuple, and the row that it is recorded as
generator   `SeededRandom`, the match's random numbers
state       attributes as bytes, and back: plain data, never pickled
classes     which classes a state may have instances of
walk        the paths of a state: `ball.x`, `score[1]`
"""

from replay.games.plain.game import PlainGame
from replay.games.plain.generator import SeededRandom

__all__ = ["PlainGame", "SeededRandom"]
