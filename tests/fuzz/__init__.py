"""Damaged recordings with repaired checksums, in numbers: `python -m tests.fuzz --minutes 30`.

seeds: recordings to begin with. damage: what is done to them. way: what a damaged one is put through, and what counts as a finding.
planted: bugs put into the loader on purpose, which have to be found. guided: the same, led by coverage (needs `atheris`).
"""

import sys
from pathlib import Path

_TESTS = Path(__file__).parents[1]
for folder in (_TESTS.parent, _TESTS, _TESTS / "replay"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
