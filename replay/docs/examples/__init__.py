"""Whole programs to begin from, each run by a test.

bank            an account that is its own history: balances at any version, refusals, snapshots
chess_game      a chess game whose moves are commands, with clocks
game_boy        a Game Boy game in an emulator, with save states and a cheap proof
instant_replay  a pygame game that shows its last five seconds again
physics         balls in a physics engine that cannot be saved: floats, and going back by running again
"""
