"""`--reference` names a revision of the repository in which the rules lie."""

import os

import pytest
from user_repository import Repository

from replay import Recording
from replay.core.origin import git
from replay.prove.reference import open_reference

RULES = """
from typing import NamedTuple

from replay import PlainGame
from mine import GOLD


class Held(NamedTuple):
    left: bool = False
    right: bool = False


class Walk(PlainGame):
    players, Input, event_kinds = 2, Held, ("gold",)

    def start(self, config):
        self.x, self.gold = [0, 0], [0, 0]

    def step(self, inputs):
        for player, held in enumerate(inputs):
            self.x[player] += held.right - held.left
            if held.right and self.x[player] % 3 == 1:
                self.gold[player] += GOLD
                self.emit("gold", player=player, amount=GOLD)


GAME = Walk()
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """Recorded at the first of three commits; the second one changed a constant."""
    repository = Repository(tmp_path_factory.mktemp("user") / "project", RULES)
    repository.commit(5)
    repository.git("tag", "v1")
    code, out = repository.replay("record", "walk:Walk", "--random", "200", "--seed", "3", "-o", "match.replay")
    assert code == 0, out
    repository.commit(6)
    repository.git("commit", "-q", "--allow-empty", "-m", "nothing")
    return repository


@pytest.mark.parametrize("named", ["recorded", "v1", "HEAD~2"])
def test_a_revision_names_fields_and_events_of_the_very_tick(repository, named):
    code, out = repository.replay("verify", "match.replay", "--reference", named)
    assert code == 1, out
    first, field, *rest = out.splitlines()[1:]
    assert first.strip().startswith("first bad tick ") and "against the reference" in first
    assert "gold[" in field and "recorded 5" in field and "computed 6" in field
    text = "\n".join(rest)
    assert "event recorded only:  gold" in text and "amount 5" in text and "event computed only:  gold" in text
    assert "amount 6" in text and "player" in text
    assert "in the step to it, from tick" in text and ": right" in text
    assert "snapshot" not in text and out.count("first bad tick") == 1


def test_a_revision_that_computes_the_same_is_called_that(repository):
    code, out = repository.replay("verify", "match.replay", "--reference", "HEAD~1")
    assert code == 1 and "did not make this recording" in out


def test_pytest_takes_a_reference_and_its_report_names_the_very_tick(repository):
    options = ["-q", "-p", "no:xdist", "-p", "no:cacheprovider", "--replay-reference=v1", "--replay-report=out.html"]
    code, out = repository.python("-m", "pytest", *options, "match.replay")
    assert code == 1 and "against the reference" in out and "event recorded only:  gold" in out
    assert "--reference" not in out
    text = (repository.folder / "out.html").read_text()
    (repository.folder / "out.html").unlink()
    assert "Fields that differ at tick" in text and text.count("<figure>") == 2 and "<b>recorded</b>, tick" in text
    assert "What looks different is framed" in text and "--reference" not in text


def test_a_program_in_path_is_no_revision_s_rival(repository, tmp_path, monkeypatch):
    (tmp_path / "HEAD").write_text("#!/bin/sh\necho no interpreter >&2\nexit 1\n")  # as of libwww-perl
    (tmp_path / "HEAD").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    out = repository.replay("verify", "match.replay", "--reference", "HEAD")[1]
    assert "did not make this recording" in out and "no interpreter" not in out
    assert "--reference" not in out and "replay shrink" in out  # what was given is not advised


def test_the_repository_is_left_as_it_was_and_its_files_are_made_once(repository):
    before = git(repository.folder, "status", "--porcelain", "--ignored"), git(repository.folder, "worktree", "list")
    repository.replay("verify", "match.replay", "--reference", "recorded")
    folders = sorted((repository.folder.parent / "cache" / "references").iterdir())
    assert repository.replay("verify", "match.replay", "--reference", "v1")[0] == 1
    assert sorted((repository.folder.parent / "cache" / "references").iterdir()) == folders
    assert (git(repository.folder, "status", "--porcelain", "--ignored"), git(repository.folder, "worktree", "list")) == before
    assert not (repository.folder / "hooked").exists()


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("no-such-tag", "'no-such-tag' is no interpreter, and no revision of "),
        ("--upload-pack=x", "is no interpreter, and no revision"),
        ("/no/such/python", "No such file"),
    ],
)
def test_what_is_no_reference_is_said_beside_the_verdict(repository, named, words):
    code, out = repository.replay("verify", "match.replay", f"--reference={named}")
    assert code == 1 and words in out and "first bad tick" in out and "Traceback" not in out


def test_a_commit_that_a_file_names_must_be_one_of_a_branch_or_tag(repository, monkeypatch):
    """It comes out of a stranger's file, and its code is run."""
    repository.git("checkout", "-q", "-b", "fetched")
    repository.commit(7)
    stray = git(repository.folder, "rev-parse", "HEAD")
    repository.git("checkout", "-q", "main")
    repository.git("branch", "-q", "-D", "fetched")
    game = type("Here", (), {"name": "Walk", "source": repository.folder / "src" / "walk.py"})()
    with Recording(repository.folder / "match.replay") as recording:
        for claimed, words in ((stray, "is on no branch"), ("HEAD", "names no commit"), ("", "names no commit")):
            recording.header = recording.header._replace(made_with={"commit": claimed})
            with pytest.raises(ValueError, match=words):
                open_reference("recorded", recording, game)
