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
    readmodel    the shapes in which a projection answers: table, series, grid, matrix
    projection   folds over events into read models
    story        what a match tells, in words
    timecode     naming a moment
"""
