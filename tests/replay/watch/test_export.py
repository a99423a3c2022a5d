import hashlib
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from toys import COUNTER

from replay.core.errors import ReplayError, UsageError
from replay.watch.export import export


def test_one_picture_of_a_moment(recording, tmp_path):
    import pygame

    written = export(recording, tmp_path / "x.png", COUNTER, start="10s", size=(320, 180))
    assert written.frames == 1 and pygame.image.load(written.path).get_size() == (320, 180)


def test_frames_are_numbered_and_the_same_every_time(recording, tmp_path):
    def made(folder):
        export(recording, tmp_path / folder / "%03d.png", COUNTER, start="100", stop="110", fps=30, size=(160, 90))
        files = sorted((tmp_path / folder).iterdir())
        return [path.name for path in files], hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()

    names, digest = made("a")
    assert names == [f"{number:03}.png" for number in range(6)]
    assert made("b") == (names, digest)


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_moving_pictures(recording, tmp_path, suffix):
    image = pytest.importorskip("PIL.Image")
    written = export(recording, tmp_path / f"x{suffix}", COUNTER, start="1s", stop="2s", fps=10, size=(160, 90))
    with image.open(written.path) as made:
        assert made.size == (160, 90) and made.n_frames > 5


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_films(recording, tmp_path, suffix):
    av = pytest.importorskip("av")
    written = export(recording, tmp_path / f"x{suffix}", COUNTER, start="1s", stop="2s", fps=30, size=(160, 90))
    with av.open(str(written.path)) as film:
        assert (film.streams.video[0].width, film.streams.video[0].height) == (160, 90)
        pictures = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(pictures) == written.frames == 31
    import pygame

    still = export(recording, tmp_path / "x.png", COUNTER, start="1s", size=(160, 90)).path
    wanted = pygame.surfarray.array3d(pygame.image.load(still)).swapaxes(0, 1).astype(int)
    assert np.abs(pictures[0] - wanted).mean() < 6  # the colours, in their order and range


def test_a_missing_package_is_named_with_what_to_install(recording, tmp_path, monkeypatch):
    for suffix, package in ((".gif", "Pillow"), (".mp4", "PyAV")):
        monkeypatch.setitem(sys.modules, {"Pillow": "PIL", "PyAV": "av"}[package], None)
        with pytest.raises(ReplayError, match=package) as raised:
            export(recording, tmp_path / f"x{suffix}", COUNTER)
        assert "deterministic-replay[video]" in raised.value.hint
    assert not list(tmp_path.glob("x.*"))


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("x.bmp", {}, "cannot write"),
        ("x.png", {"start": "99999"}, "ends at tick"),
        ("%d.png", {"start": "20s", "stop": "10s"}, "nothing lies between"),
        ("%d.png", {"fps": 120, "speed": 0.001}, "the limit is"),
        ("%z.png", {"stop": "1"}, "not a pattern"),
        ("x.png", {"camera": "Zoe"}, "not a player"),
        ("x.mp4", {"size": (641, 360)}, "641x360: the width and the height of a film are even"),
        ("x.webm", {"size": (640, 361)}, "640x361: the width and the height of a film are even"),
        ("x.png", {"stop": "5s"}, "one picture"),
        ("x.png", {"fps": 10}, "one picture"),
        ("x.png", {"speed": 2.0}, "one picture"),
        ("x.png", {"highlights": 3}, "one picture"),
        ("x.gif", {"fps": 30}, "hundredths of a second"),
        ("x.gif", {"highlights": 3}, "counter names no highlights"),
    ],
)
def test_what_cannot_be_is_said(recording, tmp_path, name, options, words):
    with pytest.raises(UsageError, match=words):
        export(recording, tmp_path / name, COUNTER, **options)


@pytest.mark.parametrize("name", ["x.png", "x.gif", "x.webp", "x.mp4", "x.webm", "%d.png"])
def test_a_file_is_written_over_only_with_force_and_folders_are_made(recording, tmp_path, name):
    if name.endswith(("4", "m")):
        pytest.importorskip("av")
    folder = tmp_path / "a" / "b"
    options = {} if name == "x.png" else {"stop": "4", "fps": 20}

    def made(**more):
        return export(recording, folder / name, COUNTER, size=(64, 64), **options, **more)

    made()
    files = {path: path.read_bytes() for path in folder.iterdir()}
    assert files and not any(path.name.startswith(".") for path in files)
    last = max(files)
    last.write_bytes(b"mine")
    with pytest.raises(UsageError, match=f"{last.name} exists" if len(files) == 1 else "exists") as raised:
        made()
    assert "--force" in raised.value.hint and last.read_bytes() == b"mine"
    made(force=True)
    assert {path: path.read_bytes() for path in folder.iterdir()} == files


def test_what_came_to_be_while_a_film_was_made_is_not_written_over(recording, tmp_path):
    pytest.importorskip("PIL")
    target = tmp_path / "x.gif"
    with pytest.raises(UsageError, match="exists"):
        export(recording, target, COUNTER, stop="60", size=(64, 64), progress=lambda *_: target.write_bytes(b"mine"))
    assert target.read_bytes() == b"mine" and set(tmp_path.iterdir()) == {recording, target}


def test_an_interrupted_export_leaves_nothing(recording, tmp_path):
    pytest.importorskip("PIL")
    folder = tmp_path / "out"

    def stop(done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(recording, folder / "x.gif", COUNTER, fps=2, size=(64, 64), progress=stop)
    assert list(folder.iterdir()) == []


def test_show_draws_a_moment_into_a_picture(recording, installed, tmp_path):
    from replay.cli.inspect import show

    target = tmp_path / "moment.png"
    done = CliRunner().invoke(show, [str(recording), "--at", "5s", "--image", str(target), "--size", "320x180"])
    assert done.exit_code == 0 and target.stat().st_size > 500
    assert CliRunner().invoke(show, [str(recording), "--image", str(target), "--size", "big"]).exception.hint
    written = target.stat().st_size
    again = [str(recording), "--image", str(target), "--size", "64x64"]
    assert "exists" in str(CliRunner().invoke(show, again).exception)
    assert CliRunner().invoke(show, [*again, "--force"]).exit_code == 0 and target.stat().st_size != written


@pytest.mark.parametrize(
    ("arguments", "words", "hint"),
    [
        ("-o x.html --to 5s", "--to does nothing for a page", "it is for pictures"),
        ("-o x.html --size 64x64", "--size does nothing for a page", "it is for pictures"),
        ("-o x.html --no-overlay", "--overlay does nothing for a page", "it is for pictures"),
        ("-o x.gif --pictures", "--pictures does nothing for pictures", "it is for a page"),
        ("-o x.gif --most 3", "--most is how many highlights", "--highlights"),
    ],
)
def test_an_option_that_would_be_ignored_is_refused(recording, installed, tmp_path, monkeypatch, arguments, words, hint):
    from replay.cli.watch import export as command

    monkeypatch.chdir(tmp_path)
    error = CliRunner().invoke(command, [str(recording), *arguments.split()]).exception
    assert isinstance(error, UsageError) and words in str(error) and hint in error.hint
    assert list(tmp_path.glob("x.*")) == []


def test_a_page_is_written_over_only_with_force(recording, installed, tmp_path):
    from replay.cli.watch import export as command

    page = tmp_path / "x.html"
    page.write_text("mine")
    refused = CliRunner().invoke(command, [str(recording), "-o", str(page)]).exception
    assert isinstance(refused, UsageError) and "--force" in refused.hint and page.read_text() == "mine"


def test_a_place_that_cannot_be_written_is_named_as_it_was_asked_for(recording, tmp_path, monkeypatch):
    def refused(path, *arguments, **options):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("replay.core.writer.Path.touch", refused)
    with pytest.raises(UsageError, match=r"x\.png: cannot be written there: Permission denied"):
        export(recording, tmp_path / "x.png", COUNTER)
