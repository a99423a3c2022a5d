"""A replay as one web page: the recording, the rules as WebAssembly, and a player that computes the match again and proves it.

Read `page` (what a page is made of), then `bundle` (how its script is put together), then `player/` (the script itself).
"""
