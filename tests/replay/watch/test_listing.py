"""A list of recordings: what lies in the folder, in which order it is shown, what a search finds, what becomes of a file."""

import os
import threading
import time

import pygame
import pytest
from lists import settle
from toys import COUNTER, random_inputs

from replay import Recorder, UsageError
from replay.watch import appraisal
from replay.watch.browser import Browser
from replay.watch.control.keys import post_key
from replay.watch.model import trash, upkeep
from replay.watch.model.appraiser import Appraiser
from replay.watch.model.files import Facts, ListedFile, read_facts
from replay.watch.model.folder import FolderWatch, look_into
from replay.watch.model.list_commands import LIST_COMMANDS, SEARCH_HINT
from replay.watch.model.listing import HEADS, ListedFolder, Listing
from replay.watch.window import Window


def facts_of(names, seconds=60.0, verdict=""):
    players = [{"name": name} for name in names]
    return Facts.of_data(
        {"known": {"path": "", "players": players, "seconds": seconds, "settings": {"map": "duel"}}, "verdict": verdict}
    )


@pytest.fixture
def folder(tmp_path):
    """Four files of no use, the first one the oldest and largest, and one in a folder."""
    folder = tmp_path / "recordings"
    (folder / "inner").mkdir(parents=True)
    for number, name in enumerate(("d", "c", "b", "a", "inner/e")):
        path = folder / f"{name}.replay"
        path.write_bytes(b"x" * (50 - number))
        os.utime(path, (1000.0 + number, 1000.0 + number))
    (folder / ".trash").mkdir()
    (folder / ".trash" / "z.replay").write_bytes(b"x")
    (folder / "readme.txt").write_text("no recording")
    return folder


@pytest.fixture
def listing(folder):
    listing = Listing(folder)
    listing.take(look_into(folder, below=True))
    return listing


def names(listing):
    return "".join(entry.path.stem[0] for entry in listing.menu.items if isinstance(entry, ListedFile))


def know(listing, **facts):
    for file in listing.files.values():
        file.facts, file.is_read = facts.get(file.path.stem, facts_of(["Ann"])), True


# --- what is shown ---


def test_folders_stand_first_with_what_lies_in_them_and_the_newest_file_next(listing):
    first = listing.menu.items[0]
    assert isinstance(first, ListedFolder) and first.path.name == "inner" and first.text == "1 recording"
    assert names(listing) == "abcd" and listing.count == "4 recordings"


@pytest.mark.parametrize(
    ("head", "order"),
    [("date", "dcba"), ("name", "abcd"), ("length", "bacd"), ("players", "cbad"), ("verdict", "bacd"), ("size", "dcba")],
)
def test_it_is_sorted_by_every_head_both_ways_and_what_is_not_known_comes_last(listing, head, order):
    know(
        listing,
        a=facts_of(["Ann"], 20),
        b=facts_of(["Ann", "Ben"], 30, "damaged"),
        c=facts_of(["A"] * 3, 10, "no end"),
        d=None,
    )
    {file.path.stem: file for file in listing.files.values()}["a"].checked = "diverged"
    listing.sort(head)
    assert names(listing) == order
    unknown = "" if head in ("date", "name", "size") else "d"
    listing.sort(head)
    assert names(listing) == order.removesuffix(unknown)[::-1] + unknown


def test_nothing_moves_when_more_becomes_known(listing):
    for head in ("date", "name", "size", "verdict"):
        listing.sort(head)
        before = names(listing)
        know(listing, a=facts_of(["Ann"], 20, "damaged"))
        listing.news()
        assert names(listing) == before


def test_the_light_stays_on_its_file_when_others_come_and_go(listing, folder):
    listing.menu.chosen = 2
    assert listing.menu.item.path.stem == "b"
    (folder / "a.replay").unlink()
    (folder / "new.replay").write_bytes(b"x")
    listing.take(look_into(folder, below=True))
    assert names(listing) == "nbcd" and listing.menu.item.path.stem == "b"
    (folder / "b.replay").unlink()
    listing.take(look_into(folder, below=True))
    assert listing.menu.item.path.stem == "c"


def test_of_a_file_that_changes_is_shown_what_was_known_until_it_is_read_again(listing, folder):
    know(listing)
    before = listing.files[folder / "a.replay"].facts
    (folder / "a.replay").write_bytes(b"something else")
    listing.take(look_into(folder, below=True))
    assert [file.path.stem for file in listing.files.values() if not file.is_read] == ["a"]
    assert listing.files[folder / "a.replay"].facts is before


def test_a_folder_that_is_not_there_says_so(tmp_path):
    listing = Listing(tmp_path / "none")
    listing.take(look_into(tmp_path / "none", below=True))
    assert listing.menu.items == [] and listing.problem == "No such file or directory"


# --- searching ---


def test_a_search_looks_into_the_folders_below_too(listing):
    know(listing, b=facts_of(["Zoë"]), e=facts_of(["Zoë"]))
    for text, expected in (("zoë", "eb"), ("player:zoë file:inner*", "e"), ("map:duel -zoë", "acd"), ("", "abcd"), ("  ", "abcd")):
        listing.look_for(text)
        assert names(listing) == expected and not listing.error, text
    listing.look_for("zoë")
    assert listing.count == "2 of 5 recordings"


def test_what_is_no_search_says_so_and_hides_nothing(listing):
    know(listing)
    listing.look_for("plyer:Ann")
    assert listing.error == "no recording here has 'plyer'; did you mean player?" and names(listing) == "abcd"
    listing.look_for("player:Ann")
    assert not listing.error


def test_what_fits_is_shown_as_soon_as_it_is_known(listing):
    listing.look_for("map:duel")
    assert "map" in listing.error  # nobody has such a setting, so far
    know(listing)
    listing.news()
    assert not listing.error and names(listing) == "eabcd"


def test_every_field_of_the_hint_can_be_searched_for(listing):
    know(listing)
    for term in SEARCH_HINT.split():
        if not term.startswith("kills"):
            listing.look_for(term)
            assert not listing.error, term


# --- looking into the folder ---


def test_files_that_come_while_somebody_looks_are_seen(folder, monkeypatch):
    monkeypatch.setattr("replay.watch.model.folder._LOOK_AGAIN_SECONDS", 0.01)
    monkeypatch.setattr("replay.watch.model.folder._SHARE", 0)
    watch = FolderWatch(folder)
    assert watch.contents.folders == {folder / "inner": None} and len(watch.contents.files) == 4
    watch.start()

    def until(is_so):
        end = time.monotonic() + 30
        while not is_so() and time.monotonic() < end:
            time.sleep(0.01)
        assert is_so()

    until(lambda: watch.contents.folders == {folder / "inner": 1})
    (folder / "inner" / "new.replay").write_bytes(b"x")
    until(lambda: watch.contents.folders == {folder / "inner": 2})
    before = watch.contents
    time.sleep(0.1)
    assert watch.contents is before
    watch.close()


def test_links_that_lead_nowhere_or_round_and_pipes_are_no_files(folder):
    (folder / "gone.replay").symlink_to(folder / "none")
    (folder / "inner" / "round").symlink_to(folder)
    os.mkfifo(folder / "pipe.replay")
    contents = look_into(folder, below=True)
    assert len(contents.files) == 5 and contents.folders == {folder / "inner": 1}


# --- names and the trash ---


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "Trash"


def test_a_recording_is_renamed_and_keeps_its_suffix(folder):
    with open(folder / "a.replay", "rb") as file:  # somebody reads it meanwhile
        assert upkeep.rename(folder / "a.replay", "new name") == folder / "new name.replay"
        assert file.read() == (folder / "new name.replay").read_bytes()
    assert upkeep.rename(folder / "b.replay", "B.replay").name == "B.replay"


@pytest.mark.parametrize("name", ["b", "b.replay", "", "x/y", "..", ".hidden", "a:b", "nul\0", "x" * 300])
def test_a_name_that_cannot_be_changes_nothing(folder, name):
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    with pytest.raises(UsageError, match="not renamed"):
        upkeep.rename(folder / "a.replay", name)
    assert before == {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_what_is_thrown_away_lies_in_the_desktop_s_trash_and_comes_back(folder, home):
    bin = upkeep.Bin()
    path = folder / "a.replay"
    for number in range(2):  # twice the same name
        path.write_bytes(b"%d" % number)
        bin.throw(path)
        assert not path.exists()
    assert sorted(file.name for file in (home / "files").iterdir()) == ["a.2.replay", "a.replay"]
    note = (home / "info" / "a.2.replay.trashinfo").read_text()
    assert note.startswith(f"[Trash Info]\nPath={path}\nDeletionDate=20")
    assert bin.undo() == path and path.read_bytes() == b"1"
    assert not (home / "info" / "a.2.replay.trashinfo").exists()
    with pytest.raises(UsageError, match="there is a a"):
        bin.undo()
    with pytest.raises(UsageError, match="nothing to bring back"):
        bin.undo()


def test_where_the_desktop_s_trash_cannot_be_used_there_is_one_beside_the_file(folder, home, monkeypatch):
    monkeypatch.setattr(trash, "_to_desktop", lambda path: (_ for _ in ()).throw(OSError("another disk")))
    bin = upkeep.Bin()
    bin.throw(folder / "a.replay")
    assert (folder / ".trash" / "a.replay").exists() and not home.exists()
    assert bin.undo() == folder / "a.replay" and (folder / "a.replay").exists()


def test_what_has_gone_by_itself_cannot_be_thrown_away(folder, home):
    with pytest.raises(UsageError, match="not deleted: No such file"):
        upkeep.Bin().throw(folder / "none.replay")
    assert not list((home / "info").glob("*"))


# --- what is found out ---


def test_facts_go_from_process_to_process(recording, installed):
    facts = read_facts(recording)
    assert Facts.of_data(facts.data()) == facts
    assert [player.name for player in facts.known.players] == ["Ann", "Ben", "Cléo 漢字"] and facts.length == "00:30.00"


ENDING = """
import os, sys
from replay.watch import appraisal

read = appraisal.read_facts
appraisal.read_facts = lambda path: os._exit(7) if "bad" in path.name else read(path)
appraisal.serve(sys.stdin.buffer, answers)
"""


def wait_for(is_so, seconds=60):
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.01)
    assert is_so()


def test_what_is_seen_is_looked_at_first_and_all_is_in_the_end(tmp_path, recording, installed):
    files = []
    for number in range(6):
        path = tmp_path / f"{number}.replay"
        path.write_bytes(recording.read_bytes())
        files.append(ListedFile(path, 1, float(number)))
    files.append(ListedFile(tmp_path / "gone.replay", 1, 0.0))
    appraiser = Appraiser()
    appraiser.want(files, files[4:5], (40, 20))
    job = appraiser._next_look()
    assert job.kind == "read" and job.file is files[4]
    appraiser.start()
    wait_for(lambda: appraiser.is_done)
    appraiser.close()
    assert [file.verdict for file in files] == ["ok"] * 6 + [""] and files[6].problem == "No such file or directory"
    assert len(appraiser.picture(files[4]).rgb) == 40 * 20 * 3 and appraiser.picture(files[0]) is None


def test_one_that_grows_has_one_picture_until_it_is_whole(tmp_path):
    appraiser, path = Appraiser(), tmp_path / "live.replay"
    file = ListedFile(path, 1, 1.0, facts_of(["Ann"], verdict="being recorded"), is_read=True)
    appraiser.want([file], [file], (1, 1))
    job = appraiser._next_look()
    assert job.kind == "draw"
    appraiser.take(job, {"bytes": 3}, lambda size: b"x" * size)
    for verdict, wanted in (("being recorded", False), ("no end", True)):
        later = ListedFile(path, 2, 2.0, facts_of(["Ann"], verdict=verdict), is_read=True)
        appraiser.want([later], [later], (1, 1))
        assert (appraiser._next_look() is not None) == wanted and appraiser.picture(later).rgb == b"xxx"


def test_a_file_that_ends_the_process_is_named_and_the_others_go_on(tmp_path, recording, installed, monkeypatch):
    monkeypatch.setattr("replay.watch.model.appraiser._SCRIPT", ENDING)
    bad = tmp_path / "bad.replay"
    bad.write_bytes(recording.read_bytes())
    files = [ListedFile(bad), ListedFile(recording)]
    appraiser = Appraiser()
    appraiser.want(files, files, (40, 20))
    appraiser.start()
    wait_for(lambda: appraiser.is_done)
    appraiser.close()
    assert "ended the process" in files[0].problem and files[1].verdict == "ok"


def test_a_process_that_answers_too_late_is_ended(recording, monkeypatch):
    monkeypatch.setattr("replay.watch.model.appraiser._SCRIPT", "import time\ntime.sleep(1000)\n")
    monkeypatch.setattr("replay.watch.model.appraiser._PATIENCE_SECONDS", 0.1)
    file = ListedFile(recording)
    appraiser = Appraiser()
    appraiser.want([file], [file], (40, 20))
    appraiser.start()
    wait_for(lambda: bool(file.problem))
    appraiser.close()


def test_a_request_that_cannot_be_answered_is_answered_so(tmp_path, recording, installed, monkeypatch):
    import io
    import json

    monkeypatch.setattr(appraisal, "draw", lambda path, size: 1 // 0)
    path = tmp_path / "broken.replay"
    path.write_bytes(b"no")
    asked = [
        {"do": "read", "path": str(path)},
        {"do": "draw", "path": str(recording), "size": [4, 4]},
        {"do": "check", "path": str(recording)},
    ]
    answers = io.BytesIO()
    appraisal.serve(io.BytesIO(b"\n".join(json.dumps(each).encode() for each in asked)), answers)
    first, second, third = map(json.loads, answers.getvalue().splitlines())
    assert "is not a recording" in first["problem"] and "ZeroDivisionError" in second["problem"] and third["verdict"] == "ok"


# --- the window ---


@pytest.fixture
def window():
    with Window("test", (800, 600)) as window:
        yield window
        window.show(None)


def type_in(window, text):
    for letter in text:
        pygame.event.post(pygame.event.Event(pygame.TEXTINPUT, text=letter))
    window.frame(0.0)


def test_three_hundred_files_are_listed_at_once_and_a_picture_draws_only_what_is_seen(folder, window, monkeypatch):
    for number in range(300):
        (folder / f"n{number:03}.replay").write_bytes(b"no")
    browser = Browser(folder)
    window.show(browser)
    drawn = []
    monkeypatch.setattr("replay.watch.view.shelf._draw_file", lambda surface, paint, file, *rest: drawn.append(file))
    window.frame(0.0)
    assert len(browser.menu.items) == 305 and 3 < len(drawn) < 9
    post_key("End")
    window.frame(0.0)
    assert browser.menu.chosen == 304 and browser.shelf.scroll == browser.shelf.most


def test_nothing_is_read_drawn_or_verified_in_the_window_s_thread(recording, installed, window, monkeypatch):
    def forbidden(*args, **kwargs):
        raise AssertionError(threading.current_thread().name)

    for name in ("replay.watch.model.files.Recording", "replay.watch.model.files.verify", "replay.watch.appraisal.Session"):
        monkeypatch.setattr(name, forbidden)
    browser = Browser(recording.parent)
    window.show(browser)
    settle(window)
    assert browser.listing.files[recording].verdict == "ok" and browser._picture(
        browser.listing.files[recording], browser.shelf.picture
    )


def test_the_line_that_is_lit_stays_where_it_is_when_a_file_comes(folder, window):
    for number in range(30):
        (folder / f"n{number:02}.replay").write_bytes(b"no")
    browser = Browser(folder)
    window.show(browser)
    browser.light(folder / "n10.replay")
    window.frame(0.0)
    before = browser.shelf.place(browser.menu.chosen).top
    (folder / "a new one.replay").write_bytes(b"no")
    browser._watch.contents = look_into(folder, below=True)
    window.frame(0.0)
    assert folder / "a new one.replay" in browser.listing.files
    assert browser.menu.item.path.stem == "n10" and browser.shelf.place(browser.menu.chosen).top == before


def test_typing_searches_and_the_way_out_of_a_folder_leads_back_to_it(folder, window):
    browser = Browser(folder)
    window.show(browser)
    browser.listing.take(look_into(folder, below=True))
    type_in(window, "file:in*")
    assert [entry.path.stem for entry in browser.menu.items] == ["e"]
    post_key("Escape")
    post_key("Home")
    post_key("Enter")
    window.frame(0.0)
    assert browser.folder == folder / "inner" and browser.menu.item.is_way_out and browser.menu.chosen == 0
    post_key("Enter")
    window.frame(0.0)
    assert browser.folder == folder and browser.menu.item.path == folder / "inner"


def test_a_search_is_there_again_when_one_comes_back(folder, window):
    browser = Browser(folder)
    window.show(browser)
    browser.listing.take(look_into(folder, below=True))
    file = browser.listing.files[folder / "inner" / "e.replay"]
    type_in(window, "file:inner*")
    assert browser.menu.item is file
    browser.leave()
    browser.enter()
    assert browser.listing.search == "file:inner*" and browser.menu.item is file


def test_what_was_known_of_a_file_is_known_when_one_comes_back_to_its_folder(folder, window):
    browser = Browser(folder)
    window.show(browser)
    know(browser.listing)
    file = browser.listing.files[folder / "a.replay"]
    for key in ("Home", "Enter", "Backspace"):
        post_key(key)
        window.frame(0.0)
    assert browser.folder == folder and browser.listing.files[folder / "a.replay"] is file


def test_what_is_being_recorded_keeps_its_place_and_its_name(tmp_path, window):
    with Recorder(tmp_path / "live.replay", COUNTER, seed=1, players=["a"], config={}) as recorder:
        recorder.step(random_inputs(COUNTER, 1, 1)[0])
        browser = Browser(tmp_path)
        window.show(browser)
        browser.light(tmp_path / "live.replay")
        for key in ("F2", "Delete"):
            post_key(key)
            window.frame(0.0)
            assert browser.message == "live.replay is being recorded" and browser.field is None and browser.asks is None


def test_a_held_key_moves_on_and_on_but_asks_once(folder, window):
    browser = Browser(folder)
    window.show(browser)
    browser.light(folder / "a.replay")
    for key in ("Down", "Down", "Delete", "Delete"):
        post_key(key, up=False)
        window.frame(0.0)
    assert browser.menu.item.path.stem == "c" and browser.asks is not None and (folder / "c.replay").exists()


def test_every_command_has_one_thing_to_do():
    from replay.watch.browser import _HANDLERS
    from replay.watch.model.wish import KEYS

    for command in LIST_COMMANDS:
        assert (command.name in _HANDLERS) != all(key in KEYS for key in command.keys) or command.name == "leave", command
    assert set(HEADS) == {"date", "name", "length", "players", "verdict", "size"}
