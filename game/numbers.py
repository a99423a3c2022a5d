"""The rules' numbers: sizes, speeds, times, gold. Lengths in 1/256 pixel unless they say pixels; times in ticks."""

from __future__ import annotations

SUBPIXELS = 256  # in a pixel
TICKS_PER_SECOND = 60
TILE = 32  # pixels
TILE_SHIFT = 13  # subpixels >> TILE_SHIFT = tile
COLUMNS, ROWS = 40, 22  # the largest map; smaller ones are padded with wall
WIDTH, HEIGHT = COLUMNS * TILE, ROWS * TILE  # pixels
MAP_POINTS = 32  # at most that many places where players appear, and where things do
PLAYERS, BULLETS, PICKUPS = 8, 64, 32
NOBODY = -1
RUNNING, ENDED_BY_SCORE, ENDED_BY_TIME = range(3)
FREE_FOR_ALL, TEAMS = range(2)
MODES = ("ffa", "teams")

RADIUS = 12 * SUBPIXELS  # of a player against walls
HIT_RADIUS = 15 * SUBPIXELS  # of a player against bullets: a square, kind to the shooter
RUN_SPEED = 1000
ACCELERATION = 96
DASH_SPEED, DASH_TICKS, DASH_COOLDOWN = 2600, 10, 90
SPEED_LIMIT = 3500  # of a player; with RADIUS less than a tile, so that nobody passes through a wall
FULL = 100  # health and armour
MEDKIT_HEALTH, ARMOUR_POINTS = 50, 50
RESPAWN_TICKS, PROTECTION_TICKS = 90, 150
SWITCH_TICKS = 12
CRITICAL_PERCENT = 7
SPLASH_RADIUS = 84 * SUBPIXELS
SPLASH_PUSH = 2800
FIRST_GOLD, KILL_GOLD, STREAK_GOLD, ASSIST_GOLD, COIN_GOLD, GOLD_LIMIT = 40, 30, 10, 10, 10, 9999
CROWN_LEAD, CROWN_POINTS, CROWN_GOLD = 1, 1, 20  # who leads alone by so much wears the crown, and is worth so much more
STREAK = 3  # kills without dying that make a streak
ASSIST_TICKS = 300
PICKUP_TICKS = 40  # from one appearance to the next
DROP_ROOM = 8  # pickup rows that are kept free for what the dead drop
TAKE_RADIUS = 22  # pixels
