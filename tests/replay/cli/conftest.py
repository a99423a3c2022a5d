"""The command `replay` as a test calls it."""

import sys

import pytest

from replay.cli.commands import replay
from replay.cli.common import run


@pytest.fixture
def call(capsys, monkeypatch, of_this_process):
    """Run a command line; gives exit code, stdout and stderr."""

    def called(*arguments):
        monkeypatch.setattr(sys, "argv", ["replay", *map(str, arguments)])
        code = run(replay, "replay")
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return called
