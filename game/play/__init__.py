"""Playing arena at this machine: `setup` (who plays what), `live` (the match and its recording), `controls` (hands become inputs),
then the screens: `start`, `screen` (the match, with `hud` around it), `result`. What a screen wishes for (`wishes`) the `app`
makes: it alone knows them all. `setup` and `live` need no window."""
