"""A recording, and what it proves. Imports nothing of `replay` but itself.

Read in this order:

    errors       one family of exceptions: what, where, why, and what next
    text         text from strangers, made safe for terminals and logs
    game         what a game offers: the protocols Game and Match
    format       the file: specification, chunks, records
    encoding     inputs to bytes and back
    writer       chunks written in order: by the recorder, and by whatever makes new recordings from old ones
    recording    reading a file that may be cut, damaged or still growing
    events       derived events on their way to subscribers
    checkpoints  states in the memory of this process, under a byte budget
    recorder     recording a match while it runs
    playback     re-simulating: step, run on, go anywhere
    verify       does a recording still happen?
    projection   read models: folds over events
    timecode     naming a moment
"""
