"""The viewer: plays any recording of any game. A game may give it a story and a look (entry point `replay.views`); the rest is
shared. Three rooms, and the screens above them:

model    what the viewer knows, without pygame. Read `scene` (a picture as data), `transport` (where we are and how we move),
         `moments` (any state of a match), `session` (one open recording), `desk` (what commands work on), `timeline` (what the
         seek bar shows: `span`, `lanes`, `marks`, and the lists `filters` and `highlights`), `inspector` (fields by name),
         `pairing` (a recording beside it), `playlist`, `places` (what lies where on the screen), `commands` (the one table of
         keys), `wish` (what a screen asks for); for the list of recordings `listing` (what is shown), `shelf` (where),
         `appraiser` (what is found out about files), `list_commands` (its keys)
view     draws a model and changes none: `look` (what a game gives), `paint`, `fonts`, `panels`, `seekbar`, `lanes`, `cards`,
         `inspector`, `pairing`, `overlay`, `help`, `shelf`
control  changes a model and draws nothing: `keys`, `commands` (what each one does), `timeline`, `fields`, `pairing`, `playlist`,
         `keyboard`, `pointer`

`window` runs screens; `viewer`, `pair` (two recordings) and `browser` are three, `app` alone knows them all; `export` and `plot`
make files.
"""

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # it would print to stdout, which is for data
