"""Whole programs to begin from, each run by a test.

bank            an account that is its own history: balances at any version, refusals, snapshots
chess_game      a chess game whose moves are commands, with clocks
instant_replay  a pygame game that shows its last five seconds again
"""
