"""Whole programs to begin from, each run by a test.

game_boy   a Game Boy game in an emulator, with save states and a cheap proof
physics    balls in a physics engine that cannot be saved: floats, and going back by running again
"""
