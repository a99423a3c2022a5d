"""How a search and a condition on state fields are written, for the help of the commands that take one."""

CONDITIONS = """\b
    fields      players.2.health, or players.*.health for all of them
    operators   < <= == != >= >  + - * // %  and or not ( )
    functions   any all sum min max count"""

SEARCHES = """\b
    players     player:Ann  player_id:u-17  winner:Ann  bot:hunter
    numbers     kills>=10; after a player, of this one: player:Ann kills>=10
    matches     game:arena  rules:2  map:duel  outcome:time  length>=1:30
    dates       after:2026-01-31  before:today  on:2026-01  after:7d
    files       file:*final*  verdict:ok  match:8e1b*, or a part of a name
    signs       * stands for anything; -term must not hold; "a b" has a space"""
