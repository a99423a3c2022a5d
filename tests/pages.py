"""Pages of Markdown whose blocks are run, one after another, in the folder one stands in: `python tests/pages.py PAGE.md`.

python     runs, all blocks of a page in one namespace. What `print(...)  # this` says must be printed; a block `text` right
           after it is its output
console    a line `$ command` runs in bash; the lines after it are its output, and it exits with 0 or, for a finding that is
           shown, with 1 (4: unverifiable). A line `...` stands for any lines, and ` ...` at the end of a line for the rest of it
title="x"  the block is written into the file x instead; entry points in a pyproject.toml are found as if it were installed
toml yaml  must be right
`<!-- not run: why -->` before a block: it is only read.

What is another in every run or on another machine is compared as such: times, rates, dates, random ids, and sizes of files, which
depend on zlib and on what made them.
"""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
import tomllib
import traceback
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from installed import install

_FENCE = re.compile(
    r"^(?:<!-- not run: (?P<why>[^\n]*) -->\n)?```(?P<language>\w*)(?P<options>[^\n]*)\n(?P<text>.*?)^```$", re.M | re.S
)
_TITLE = re.compile(r'title="([^"]+)"')
_EXPECTED = re.compile(r"^\s*print\(.*\)\s+# (.+)$", re.M)
_CHANGING = (
    (re.compile(r"\d[\d,]* ticks/s"), "N ticks/s"),
    (re.compile(r"\b\d+(\.\d+)? ?(s|ms|us)\b"), "N s"),
    (re.compile(r"\d{4}-\d\d-\d\d[ _]\d\d:?\d\d(:?\d\d)?"), "DATE"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "ID"),
    (re.compile(r"[\d,.]+ (bytes|kB|of them)\b|[\d.]+(%)"), r"N \1\2"),
    (re.compile(r" +"), " "),
)
LANGUAGES = {"python", "console", "text", "toml", "yaml", "ini", "sh", "js"}


class Block(NamedTuple):
    line: int
    language: str
    title: str
    text: str
    not_run: str
    follows: bool  # right after the block before


def blocks(page: str) -> Iterator[Block]:
    before = -1
    for match in _FENCE.finditer(page):
        title = _TITLE.search(match["options"])
        follows = not page[before : match.start()].strip() if before >= 0 else False
        before = match.end()
        line = page.count("\n", 0, match.start("text"))
        yield Block(line, match["language"], title[1] if title else "", match["text"], match["why"] or "", follows)


def commands(text: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with the output that is shown."""
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        while (cut := re.match(r"(?:.*\\\n)*.*\n", part)) is None:
            part += "\n"
        yield cut[0].strip(), part[cut.end() :]


def is_output(expected: str, printed: str) -> bool:
    pattern = "".join(
        r"(?:.*\n)*?" if line == "..." else re.escape(line.removesuffix(" ...")) + (".*" if line.endswith(" ...") else "") + r"\n"
        for line in stable(expected)
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in stable(printed))) is not None


def stable(text: str) -> list[str]:
    for pattern, name in _CHANGING:
        text = pattern.sub(name, text)
    return [line.strip() for line in text.strip().splitlines() if line.strip()]


def run(page: str) -> Iterator[str]:
    """What is not as the page says."""
    module = sys.modules["page"] = types.ModuleType("page")
    printed = ""
    for block in blocks(page):
        if block.not_run:
            continue
        problem = ""
        if block.title:
            Path(block.title).parent.mkdir(parents=True, exist_ok=True)
            Path(block.title).write_text(block.text)
            if block.title == "pyproject.toml":
                name_entry_points(tomllib.loads(block.text))
        elif block.language == "python":
            printed, problem = run_python(block, module)
        elif block.language == "console":
            problem = "".join(run_command(*command) for command in commands(block.text))
        elif block.language == "text" and block.follows and printed and not is_output(block.text, printed):
            problem = f"printed:\n{printed}"
        elif block.language == "toml":
            tomllib.loads(block.text)
        elif block.language == "yaml":
            import yaml

            yaml.safe_load(block.text)
        if block.language != "python":
            printed = ""
        if problem:
            yield f"line {block.line}: {problem}"


def name_entry_points(project: dict[str, Any]) -> None:
    groups = project.get("project", {}).get("entry-points", {})
    text = "".join(
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items()) for group, points in groups.items()
    )
    if text:
        install(Path(), text)


def run_python(block: Block, module: types.ModuleType) -> tuple[str, str]:
    """What the block prints, and what is wrong."""
    output = io.StringIO()
    try:
        with contextlib.redirect_stdout(output):
            exec(compile("\n" * block.line + block.text, "page", "exec"), vars(module))
    except Exception:
        return "", traceback.format_exc()
    printed = output.getvalue()
    lines = stable(printed)
    missing = [text for text in _EXPECTED.findall(block.text) if stable(text)[0] not in lines]
    return printed, f"not printed: {missing}, but:\n{printed}" if missing else ""


def run_command(command: str, expected: str) -> str:
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    findings = {1, 4} if expected.startswith("unverifiable") else {1}
    if expected.strip() and done.returncode in {0, *findings}:
        return "" if is_output(expected, done.stdout) else f"$ {command}\nexit code {done.returncode}, printed:\n{done.stdout}\n"
    return f"$ {command}\nexit code {done.returncode}:\n{done.stdout}\n" if done.returncode else ""


if __name__ == "__main__":
    sys.path[0] = ""
    problems = list(run(Path(sys.argv[1]).read_text("utf-8")))
    print("\n".join(problems))
    sys.exit(bool(problems))
