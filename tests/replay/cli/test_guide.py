"""`replay guide`: the pages of the guide in a terminal."""

import os
import subprocess
import sys

import pytest
from terminal import Terminal

from replay.cli.guide import page, topics


def test_it_lists_its_topics_with_a_line_each(call):
    code, out, err = call("guide")
    assert code == 0 and not err
    assert [line.split()[0] for line in out.splitlines()] == [*topics()] and all(len(line) > 25 for line in out.splitlines())


def test_in_a_pipe_a_page_is_markdown_without_what_only_tests_read(call):
    code, out, _ = call("guide", "pygame")
    assert code == 0 and out.startswith("# ") and "```" in out and "<!--" not in out


@pytest.mark.parametrize(("topic", "near"), [("pygam", "pygame"), ("Determinisms", "determinism"), ("gymnasium", "environments")])
def test_an_unknown_topic_names_those_near_it(call, topic, near):
    code, out, err = call("guide", topic)
    assert code == 2 and not out and f"no topic '{topic}'; near it: " in err and near in err


def test_a_topic_that_nothing_is_near_to_says_where_they_are_listed(call):
    assert "`replay guide` lists them" in call("guide", "qqqq")[2]


def test_the_reference_says_what_an_object_is_and_how_it_is_called():
    text = page("api")
    assert (
        ":::" not in text
        and "Recorder(path: " in text
        and "An open recording file." in text
        and "python -m pydoc replay.Recorder" in text
    )


def test_on_a_terminal_the_longest_page_is_laid_out(tmp_path):
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "60"}
    environment.pop("NO_COLOR", None)
    longest = max(topics(), key=lambda topic: len(page(topic)))
    with Terminal() as terminal:
        command = [sys.executable, "-m", "replay", "guide", longest]
        done = subprocess.run(command, stdout=terminal.inside, stderr=subprocess.PIPE, env=environment, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert "\x1b[1" in terminal.text and "```" not in terminal.text and "## " not in terminal.text
    assert len(terminal.text) > 16_000  # more than a terminal takes that nobody reads
