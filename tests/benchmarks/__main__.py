"""`python -m tests.benchmarks NAME...`: each as one table. Without a name: all of `NAMES`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

NAMES = tuple(
    "native engine reading library scanning viewer pages films learning environments programs balance checks questions "
    "cluster".split()
)

chosen = sys.argv[1:] or NAMES
if unknown := set(chosen) - set(NAMES):
    sys.exit(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
for name in chosen:
    print(f"\n## {name}\n", flush=True)
    subprocess.run([sys.executable, str(Path(__file__).with_name(f"{name}.py"))], check=True)
