"""What runs in the program's process: the clocks, dice, events, files and displays that it finds instead of the machine's.

`start` comes first. `stage` is the only one that talks to the engine; each of the others replaces one part of the world of a
program, and asks the stage for the time and for what has happened.
"""
