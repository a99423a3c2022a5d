"""What a set of recordings protects: what of the rules they reach, and which changes of the rules they would notice.

rules      which source files are the rules of a game
reach      what one recording reaches: lines, branches, kinds of events, inputs, commands
cover      what all of them reach together, and which of them are enough
mutants    small changes of a source, one at a time
explained  the changes that a file explains: no recording can notice them
schemata   all changes of a source in one, each of which can be selected
trial      a change, put into a copy of the sources, against the recordings
compiled   the changes of compiled rules, in one library
trials     many of them, on several processors; what is known already is not tried again
search     matches that notice what the recordings do not
"""
