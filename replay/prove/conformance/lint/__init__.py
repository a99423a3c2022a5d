"""Reading the source of rules for what makes them differ from run to run, or from machine to machine. Nothing is imported or run.

    from replay.prove.conformance.lint import lint
    for finding in lint("my_game"):
        print(finding)

linting     one file after the other; begin here
findings    what is found, why it breaks replays, and the comments that allow it
targets     which files a game, a module or a folder is
names       what the names in a file stand for
reading     reading a file node by node
bans        clocks, inputs, randomness, files, the environment, threads, other machines
orders      sets, unstable sorts, memory that was never set
numbers     fractions, and integers that are too narrow
parts, program   the files as one program: functions, classes, and what runs during a match
values, effects  what expressions may hold, and what functions from elsewhere do
known, expressions, walk   one function, read statement by statement
outliving, memo, kept   the rule about flows: nothing that outlives a match is changed by it

A rule is silenced by a comment `# replay: allow NAME` (several: `allow clock, files`) that should say why: after code for that
line, on a line of its own for the file.
"""

from replay.prove.conformance.lint.findings import ASKED_RULES, CAUSES, PROGRAM_RULES, LintFinding
from replay.prove.conformance.lint.linting import lint, lint_files, lint_source
from replay.prove.conformance.lint.targets import files_of

__all__ = ["ASKED_RULES", "CAUSES", "PROGRAM_RULES", "LintFinding", "files_of", "lint", "lint_files", "lint_source"]
