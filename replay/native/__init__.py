"""Rules written once, in Python, and run as machine code, as WebAssembly, or interpreted; the same bytes from each.

Read in this order:

    kernels      marking a function as a kernel; which sources a game's kernels are made of
    rules        what a compiled game gives: its tick and its records; the entries that come of it
    stepping     the engine's own kernels around that tick: many ticks a call, the proof of each. `hashing`: XXH3 for them
    layout       records in memory by field names
    interface    what an engine offers: memory and entries
    engine       which engine there is: `interpreter`, `library` (machine code), `wasm`
    making       libraries made and kept; `compiler`: kernels to one object file, in a process of its own
    match        one running match on these entries, for any game
"""
