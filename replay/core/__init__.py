"""A recording, and what it proves. Imports nothing of `replay` but itself.

Read in this order:

    errors       one family of exceptions: what, where, why, and what next
    text, names  text from strangers, made safe to show; what recordings are called; `html`: for notebooks
    paths        a path that cannot be used: what is wrong with it, and what to do
    extras       what is installed only where somebody wants it, and what to say where it is missing
    game         what a game offers, ability by ability
    installed    which games there are; `entrypoints`: of installed packages
    format       the file: its specification, chunks, compression
    plain        plain data with every limit said
    fields       packed rows of numbers
    records      one class a record of the format; `commands`: what players say
    encoding     inputs to bytes and back
    writer       chunks in order: by the recorder, and by whatever makes new recordings from old ones
    scanned      a file read chunk by chunk: complete, cut, damaged or still growing; `foreign`: files that are none of ours
    recording    what is in it: inputs, commands, versions, hashes, snapshots
    simulation   one match being run; every call into a game's code. `happened`: its events, joined and hashed; `derived`: which of
                 a match's methods belong together
    setup        a new match, checked; `origin`: where a recording comes from
    sink, lock   the file of a recorder; who writes it
    recorder     recording a match while it runs
    checkpoints  states in the memory of this process; `cache`: whatever else is kept there
    playback     re-simulating: step, run on, go anywhere. `visits`: many ticks in one call, and yet a look at each
    verify       does a recording still happen? `proof`: where all agrees, said while it is read; `verifier`: the whole comparison;
                 `divergence`: where they part; `verdict`: what came out
    events       derived events on their way to subscribers, and as plain data
"""
