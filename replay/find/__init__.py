"""New recordings from old ones, events as they happen, and an index over many recordings.

edit     clip, strip, pack: new recordings from old ones
follow   publishing: the events of a recording as they happen, each with a position to go on from
library  the library over many recordings
"""
