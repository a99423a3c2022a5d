"""The helper modules of this folder and of the core's tests can be imported by name."""

import sys
from pathlib import Path

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1] / "core")]
