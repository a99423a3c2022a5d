"""Rules written once, in Python, and run as machine code or interpreted.

compiled     kernels: plain Python functions compiled by numba, in a cache that notices changed rules
"""
