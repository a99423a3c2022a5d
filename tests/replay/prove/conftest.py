"""The helper modules of the core's tests can be imported by name here too."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "core"))
