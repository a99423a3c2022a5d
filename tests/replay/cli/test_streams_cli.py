"""`replay events` of a folder and of what is cut off, and `replay index --follow`."""

import json
import os

from damage import record
from toys import COUNTER


def cut(path):
    path.write_bytes(path.read_bytes()[:-90])
    os.utime(path, (1, 1))


def test_events_of_a_folder_are_records_to_go_on_from(call, tmp_path, installed):
    for name in ("a", "b"):
        record(tmp_path / f"{name}.replay", COUNTER, ticks=130)
    cut(tmp_path / "b.replay")
    code, out, _ = call("events", tmp_path, "--json")
    records = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and [each["record"] for each in records if each["record"] != "event"] == [
        *("begin", "ended", "begin", "cut"),
        "caught-up",
    ]
    middle = len(records) // 2
    _, rest, _ = call("events", tmp_path, "--json", "--after", records[middle]["position"])
    assert [json.loads(line) for line in rest.splitlines()] == records[middle + 1 :]
    _, text, _ = call("events", tmp_path, "--kind", "luck")
    assert text.startswith("a.replay  begin  game counter") and "actor player" in text and "b.replay  cut  ticks 120" in text
    (tmp_path / "c.replay").write_bytes(b"nothing")
    assert call("events", tmp_path)[0] == 1
    assert call("events", tmp_path, "--after", "12:0")[0] == 2


def test_a_recording_that_is_cut_off_ends_with_a_code_of_its_own(call, tmp_path, installed):
    path = tmp_path / "a.replay"
    record(path, COUNTER, ticks=130)
    assert call("events", path, "--follow")[0] == 0
    cut(path)
    code, out, err = call("events", path, "--follow", "--still", "1s")
    assert code == 3 and out and "cut off" in err


def test_files_are_followed_into_the_library_until_they_have_ended(call, tmp_path, installed):
    paths = [tmp_path / f"{name}.replay" for name in "ab"]
    for seed, path in enumerate(paths):
        record(path, COUNTER, ticks=130, seed=seed)
    cut(paths[1])
    code, out, err = call("index", *paths, "--follow", "--json")
    facts = {json.loads(line)["file"]: json.loads(line)["verdict"] for line in out.splitlines()}
    assert facts == {str(paths[0]): "ok", str(paths[1]): "incomplete"}
    assert code == 0 and "2 new" in err
