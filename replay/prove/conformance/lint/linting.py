"""From files to findings."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from replay.core.errors import ReplayError
from replay.prove.conformance.lint.bans import Bans
from replay.prove.conformance.lint.findings import ASKED_RULES, PROGRAM_RULES, LintFinding, allowed_by_comments
from replay.prove.conformance.lint.kept import kept_between_matches
from replay.prove.conformance.lint.numbers import Fractions, Narrowing
from replay.prove.conformance.lint.orders import Orders
from replay.prove.conformance.lint.outliving import outliving_changes
from replay.prove.conformance.lint.parts import Module
from replay.prove.conformance.lint.program import Program
from replay.prove.conformance.lint.targets import files_of

_READERS = (Bans, Orders, Fractions, Narrowing)


def lint(target: str, *, whole_numbers: bool = False) -> list[LintFinding]:
    """The findings in the rules that `target` names: an installed game (its module, and what that imports of its own package), a
    module or package by name (all of it; or MODULE:ATTR), or a file or folder. Raises UsageError if there is no such thing."""
    return lint_files(files_of(target), whole_numbers=whole_numbers)


def lint_files(files: Iterable[Path], *, is_program: bool = False, whole_numbers: bool = False) -> list[LintFinding]:
    """The findings in files that are read together: what one of them changes of another is followed. is_program: an unmodified
    pygame program, that runs whole, and whose clocks and inputs are recorded. whole_numbers: fractions are findings, too. Raises
    ReplayError if one is not Python."""
    return _lint({file: _text(file) for file in files}, is_program, whole_numbers)


def lint_source(
    source: str, path: Path = Path("<source>"), *, is_program: bool = False, whole_numbers: bool = False
) -> list[LintFinding]:
    """The findings in one file's text. As `lint_files`."""
    return _lint({path: source}, is_program, whole_numbers)


def _lint(texts: dict[Path, str], is_program: bool, whole_numbers: bool) -> list[LintFinding]:
    try:
        return _read(texts, is_program, whole_numbers)
    except RecursionError as error:
        raise ReplayError(f"{', '.join(map(str, texts))}: is nested too deeply to be read") from error


def _read(texts: dict[Path, str], is_program: bool, whole_numbers: bool) -> list[LintFinding]:
    program = Program((path, _parsed(text, path)) for path, text in texts.items())
    allowed = {path: allowed_by_comments(text) for path, text in texts.items()}
    findings = set()
    for module, node, rule, message in _found(program, is_program):
        place = module.path, getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1
        is_asked = rule in PROGRAM_RULES if is_program else whole_numbers or rule not in ASKED_RULES
        if is_asked and not {(0, rule), (place[1], rule)} & allowed[module.path]:
            findings.add(LintFinding(*place, rule, message))
    return sorted(findings)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ReplayError(f"{file}: is not Python: it is not UTF-8 ({error.reason} at byte {error.start})") from error


def _parsed(text: str, path: Path) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise ReplayError(f"{path}: is not Python: {error}") from error


def _found(program: Program, is_program: bool) -> Iterator[tuple[Module, ast.AST, str, str]]:
    for module in program.modules:
        outside = () if is_program else program.outside
        for reader in _READERS:
            yield from ((module, *found) for found in reader(module.tree, module.imported, outside).read())
    if not is_program:
        yield from outliving_changes(program)
        yield from kept_between_matches(program)
