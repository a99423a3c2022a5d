"""Child processes: what they import, what they answer, how they end."""

from __future__ import annotations

import re
import sys
import threading
from pathlib import Path

import pytest

from replay.prove.child import Child

STUCK = "answers.write(b'begun'); answers.flush()\nimport time; time.sleep(60)"


def run(script, task=b"", seconds=30, **options):
    with Child(script, **options) as child:
        return child.run(task, seconds)


def test_a_task_goes_in_and_the_answer_comes_out_however_long_they_are():
    data = bytes(range(256)) * 4096
    assert run("import sys; answers.write(sys.stdin.buffer.read()[::-1])", data) == data[::-1]


def test_what_is_printed_is_not_part_of_the_answer_but_its_last_line_is_the_last_words():
    script = "import os, sys; print('noise', flush=True); os.write(1, b'more noise'); answers.write(b'answer')"
    with Child(script) as child:
        assert child.run(b"", 30) == b"answer" and child.returncode == 0
        assert child.last_words() == "more noise"
    with Child("answers.write(b'answer')") as child:
        assert child.run(b"", 30) == b"answer" and child.last_words() == "exit code 0"


def test_requests_are_answered_line_by_line():
    script = "import sys\nfor line in sys.stdin.buffer: answers.write(line.upper() + b'1234'); answers.flush()"
    with Child(script) as child:
        assert child.ask(b"one") == b"ONE\n" and child.read(4) == b"1234"
        assert child.ask(b"two") == b"TWO\n" and child.read(4) == b"1234"
    with Child("raise ValueError('no game')") as child:
        assert child.ask(b"x") == b"" and child.read(4) == b""
        assert child.last_words() == "ValueError: no game" and child.returncode == 1


def test_one_that_takes_too_long_is_killed_and_what_it_answered_is_kept():
    with Child(STUCK) as child:
        assert child.run(b"", 4) == b"begun"
        assert child.timed_out and child.returncode < 0 and "signal" in child.last_words()


def test_with_its_block_it_is_ended_and_reaped_whatever_it_does():
    with pytest.raises(KeyboardInterrupt), Child(STUCK) as child:
        assert child.read(5) == b"begun"
        raise KeyboardInterrupt
    assert child.returncode is not None
    with Child("import sys; sys.stdin.close()") as child:  # what it is told and never reads
        child.last_words()
        with pytest.raises(OSError):
            for _ in range(10):
                child.ask(b"x" * 2**16)


def test_this_interpreter_imports_from_the_same_places_and_another_one_does_not(tmp_path, monkeypatch):
    script = "import importlib.util; answers.write(b'yes' if importlib.util.find_spec('only_here') else b'no')"
    (tmp_path / "only_here.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert run(script) == b"no"  # not among the places of this process
    monkeypatch.syspath_prepend(str(tmp_path))
    assert run(script) == b"yes" and run(script, python=sys.executable) == b"no"
    monkeypatch.undo()
    monkeypatch.setattr(sys, "path", [folder for folder in sys.path if folder])  # whatever other tests have added
    monkeypatch.chdir(tmp_path)
    assert run(script) == run(script, python=sys.executable) == b"no"
    monkeypatch.setattr(sys, "path", ["", *sys.path])  # as in an interactive session: the current folder
    assert run(script) == b"yes"


def test_environment_and_flags_are_its_own():
    script = "import os, sys; answers.write(f'{os.environ[\"REPLAY_TEST\"]} {sys.flags.optimize}'.encode())"
    assert run(script, environment={"REPLAY_TEST": "here"}, flags=["-O"]) == b"here 1"


def test_an_interpreter_that_is_not_there_is_an_error_that_leaves_nothing_open():
    with pytest.raises(OSError, match="No such file"):
        Child("", python="/no/such/python")


def test_several_run_at_once():
    script = "import sys; data = sys.stdin.buffer.read(); answers.write(data * 2**18)"
    answers = {}
    threads = [threading.Thread(target=lambda n=n: answers.update({n: run(script, bytes([n]))})) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == {n: bytes([n]) * 2**18 for n in range(3)}


def test_nothing_else_in_the_library_starts_processes():
    package = Path(__file__).parents[3] / "replay"
    sources = {file.relative_to(package).as_posix(): file.read_text("utf-8") for file in package.rglob("*.py")}
    users = [name for name, source in sources.items() if re.search(r"^ *(import|from) subprocess", source, re.MULTILINE)]
    # One asks git for a commit, one runs a program for as long as its match lasts, one compiles and links.
    assert sorted(users) == ["core/origin.py", "games/pygame/process.py", "native/making.py", "prove/child.py"]
