import json
import os
import re
import stat
from pathlib import Path

import pytest
from damage import header_of, put_together, record, take_apart
from hungry import HUNGRY
from toys import BANK, COUNTER, random_inputs

from replay import FormatError, Recorder, Recording, ReplayError, UsageError, find_game, verify
from replay.cli.commands import replay as command_line
from replay.cli.common import run
from replay.cli.verify import tell
from replay.core import format as fmt
from replay.core.records import End
from replay.prove.sandbox import verify_untrusted
from replay.prove.sandbox.receipt import attest, check_signature, facts_of, from_json, load_key, new_key, sign, to_json

pytestmark = pytest.mark.usefixtures("installed")


def command(capsys, monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["replay", *map(str, arguments)])
    return run(command_line, "replay"), *capsys.readouterr()


@pytest.fixture
def key(tmp_path):
    pytest.importorskip("cryptography")
    new_key(tmp_path / "server.pem")
    return tmp_path / "server.pem"


def other_result(data, result):
    """The same recording, claiming something else came out."""
    chunks = take_apart(data)
    end = End.unpack(chunks[-1][1], header_of(chunks))
    return put_together([*chunks[:-1], (fmt.KIND_END, end._replace(result=result).pack())])


def test_a_sound_recording_is_ok_and_its_receipt_says_what_came_out(path):
    record(path, BANK)
    verification, here = verify_untrusted(path), verify(path, BANK)
    assert verification.is_ok and verification.hashes_compared == here.hashes_compared and verification.path == path
    with Recording(path) as recording:
        assert verification.receipt["match"] == recording.match_identity() and verification.receipt["players"] == 2
        assert verification.receipt["result"] == recording.end.result == here.result
        assert verification.receipt["hash"] == f"{recording.end.hash:016x}"
    assert (verification.receipt["game"], verification.receipt["rules"], verification.receipt["verdict"]) == ("bank", 1, "ok")


def test_the_claimed_result_is_ignored_and_computed(path):
    record(path, BANK)
    honest = verify(path, BANK).result
    path.write_bytes(other_result(path.read_bytes(), {"balance": 10**9}))
    assert verify(path, BANK).verdict == "diverged"
    verification = verify_untrusted(path)
    assert verification.is_ok and verification.receipt["result"] == honest


def hungry(path, wants, **config):
    """The recording of another game, made to be one of this: no rules have seen it."""
    with Recorder(path, COUNTER, seed=1, players=["a"], config={}) as recorder:
        for row in random_inputs(COUNTER, 200, 1):
            recorder.step(row)
    chunks = take_apart(path.read_bytes())
    mean = header_of(chunks)._replace(game="hungry", config={"wants": wants, **config})
    path.write_bytes(put_together([(fmt.KIND_HEADER, mean.pack()), *chunks[1:]]))


@pytest.mark.parametrize(
    ("wants", "verdict", "message"),
    [
        ("memory", "unverifiable", "takes more than it is allowed.*MemoryError"),
        ("time", "unverifiable", "takes longer than allowed"),
        ("work", "unverifiable", "takes longer than allowed"),
        ("its_leave", "unverifiable", "takes longer than allowed"),
        ("disk", "unverifiable", "may not.*written"),
        ("crash", "diverged", "rules end their process: ended by signal 11"),
        ("exit", "diverged", "rules end their process: exit code 0"),
        ("the_floor", "diverged", "rules end their process: exit code 0"),
        ("the_line", "unverifiable", "says more than it is allowed"),
        ("colours", "diverged", "ValueError"),
        ("", "ok", ""),
    ],
)
def test_a_file_that_makes_the_rules_take(path, tmp_path, monkeypatch, capsys, wants, verdict, message):
    hungry(path, wants, file=str(tmp_path / "written"))
    if wants in ("time", "its_leave"):  # that is waited for
        monkeypatch.setattr("replay.prove.sandbox.untrusted._START_SECONDS", 1.0)
    verification = verify_untrusted(path, budget_seconds=0.3)
    assert verification.verdict == verdict, verification
    assert re.search(message, verification.message), verification
    assert not re.search("memory|time", verification.message) or wants in ("memory", "time", "work")
    assert not (tmp_path / "written").exists()
    tell(verification, None)
    told = capsys.readouterr().out
    assert "\x1b" not in told and "##[" not in told


def test_a_match_that_begins_with_a_state_is_not_attested(path, tmp_path, capsys, monkeypatch):
    record(path, BANK, ticks=1300)
    part = tmp_path / "part.replay"
    assert command(capsys, monkeypatch, "clip", path, "--from", "11s", "-o", part)[0] == 0
    assert verify(part, BANK).is_ok and verify(part, BANK).start_tick
    verification = verify_untrusted(part)
    assert verification.verdict == "unverifiable" == verification.receipt["verdict"]
    assert "only the whole match" in verification.message


def test_what_rules_print_does_not_get_into_the_answer(path):
    with Recorder(path, HUNGRY, seed=1, players=["a"], config={"wants": "output"}) as recorder:
        for row in random_inputs(COUNTER, 130, 1):
            recorder.step(row)
    assert verify_untrusted(path).is_ok


def test_a_program_that_needs_a_process_of_its_own_is_not_verified_so(path, monkeypatch):
    pytest.importorskip("pygame")
    rocks = Path(__file__).parents[1] / "replay" / "games" / "rocks.py"
    monkeypatch.setenv("REPLAY_GAME", str(rocks))
    game = find_game("rocks")
    with Recorder(path, game, seed=1, players=["a"], config={}) as recorder:
        recorder.step(None, [])
    verification = verify_untrusted(path)
    assert verification.verdict == "unverifiable" and "start no process" in verification.hint, verification


def test_too_many_ticks_too_many_bytes_and_no_file_at_all(path, monkeypatch):
    record(path, BANK)
    assert "more than the 60 ticks" in verify_untrusted(path, budget_ticks=60).message
    monkeypatch.setattr("replay.prove.sandbox.untrusted.MAX_FILE_BYTES", 100)
    assert "more than the 100 bytes" in verify_untrusted(path).message
    assert verify_untrusted(path.with_name("nothing")).verdict == "unreadable"
    assert verify_untrusted(path.parent).verdict == "unreadable"
    os.mkfifo(path.with_name("fifo"))
    assert verify_untrusted(path.with_name("fifo")).verdict == "unreadable"


def test_damaged_and_foreign_files_have_their_verdicts_and_at_most_an_unsigned_doubt(path):
    record(path, BANK)
    data = path.read_bytes()
    path.write_bytes(data[:-30])
    assert verify_untrusted(path).receipt["verdict"] == "incomplete"
    path.write_bytes(b"\x89PNG" + data)
    verification = verify_untrusted(path)
    assert verification.verdict == "unreadable" and verification.receipt is None
    path.write_bytes(put_together([(kind, payload.replace(b"\xa4bank", b"\xa4nope")) for kind, payload in take_apart(data)]))
    verification = verify_untrusted(path)
    assert verification.verdict == "unverifiable" and verification.receipt is None


# --- receipts ----------------------------------------------------------------------------------------------------------


def receipt_of(path):
    verification = verify(path, BANK)
    with Recording(path) as recording:
        return attest(facts_of(recording), verification)


def test_a_signed_receipt_is_genuine_and_any_change_shows(path, key):
    record(path, BANK)
    signed = sign(receipt_of(path), load_key(key, private=True))
    public = load_key(key.with_suffix(".pub"), private=False)
    text = to_json(signed)
    assert text.isascii() and len(text) < 1000 and from_json(text) == signed
    check_signature(from_json(text), public)
    for name, value in signed.items():
        other = {**signed, name: value + 1 if isinstance(value, int) else "00" * 64 if isinstance(value, str) else [1]}
        with pytest.raises(ReplayError):
            check_signature(other, public)


def test_no_byte_of_a_receipt_can_change_without_notice(path, key):
    record(path, BANK, session=b"nonce")
    text = to_json(sign(receipt_of(path), load_key(key, private=True))).encode() + b"\n"
    public = load_key(key, private=False)
    check_signature(from_json(text), public)
    for place in range(len(text)):
        for bit in range(8):
            changed = text[:place] + bytes([text[place] ^ 1 << bit]) + text[place + 1 :]
            with pytest.raises(ReplayError):
                check_signature(from_json(changed), public)
    for changed in (b" " + text, text + b"\n", text.replace(b":", b": ", 1), text.replace(b"bank", b"\\u0062ank")):
        with pytest.raises(FormatError):
            from_json(changed)


def test_a_receipt_names_the_match_and_the_servers_nonce_and_nobody(path, tmp_path):
    rows = record(path, BANK, session=b"nonce")
    with Recorder(tmp_path / "stolen.replay", BANK, seed=7, players=["Mallory", "Eve"], config={}, session=b"nonce") as recorder:
        for row in rows:
            recorder.step(row)
    own, stolen = (verify_untrusted(each).receipt for each in (path, tmp_path / "stolen.replay"))
    assert own == stolen and own["session"] == b"nonce".hex() and "player 0" not in to_json(own) and "Eve" not in to_json(stolen)
    record(path.with_name("other.replay"), BANK, session=b"other")
    assert verify_untrusted(path.with_name("other.replay")).receipt["match"] != own["match"]


def test_a_key_that_the_rules_could_read_signs_nothing(path, tmp_path, capsys, monkeypatch):
    pytest.importorskip("cryptography")
    record(path, BANK)
    (tmp_path / "site" / "secrets").mkdir()
    (tmp_path / "site" / "secrets" / "code.py").touch()  # a package, which is imported from there
    new_key(tmp_path / "site" / "secrets" / "server.pem")
    code, out, err = command(capsys, monkeypatch, "verify", "--sign", tmp_path / "site" / "secrets" / "server.pem", path)
    assert code == 2 and not out and "could read" in err
    new_key(tmp_path / "site" / "server.pem")  # beside what is imported
    assert command(capsys, monkeypatch, "verify", "--sign", tmp_path / "site" / "server.pem", path)[0] == 0


def test_somebody_else_s_signature_is_refused(path, key, tmp_path):
    record(path, BANK)
    new_key(tmp_path / "other.pem")
    signed = sign(receipt_of(path), load_key(tmp_path / "other.pem", private=True))
    with pytest.raises(ReplayError, match="another key"):
        check_signature(signed, load_key(key, private=False))
    with pytest.raises(ReplayError, match="not signed"):
        check_signature(receipt_of(path), load_key(key, private=False))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"receipt":1}',
        '{"receipt":2}',
        '{"receipt":1,"receipt":1}',
        "[" * 100_000,
        "NaN",
        "x" * 2**21,
        b"\xff",
    ],
)
def test_what_is_not_a_receipt(text):
    with pytest.raises(FormatError, match="is not a receipt"):
        from_json(text)


def test_keys_are_private_never_written_over_and_of_one_kind(key, tmp_path):
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    with pytest.raises(UsageError):
        new_key(key)
    (tmp_path / "bad.pem").write_text("no key")
    with pytest.raises(ReplayError, match="no private key"):
        load_key(tmp_path / "bad.pem", private=True)
    with pytest.raises(ReplayError, match="no private key"):
        load_key(key.with_suffix(".pub"), private=True)


def test_without_the_package_signing_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "cryptography.hazmat.primitives", None)
    with pytest.raises(ReplayError) as caught:
        new_key(tmp_path / "x.pem")
    assert "[sign]" in caught.value.hint


def test_the_command_line_from_key_to_checked_receipt(path, tmp_path, capsys, monkeypatch):
    pytest.importorskip("cryptography")
    record(path, BANK)
    pem, public = tmp_path / "server.pem", tmp_path / "server.pub"
    assert command(capsys, monkeypatch, "receipt", "key", pem)[0] == 0
    code, out, err = command(capsys, monkeypatch, "verify", "--sign", pem, path)
    assert code == 0 and err.startswith("ok ") and json.loads(out)["signature"]
    (tmp_path / "receipt.json").write_text(out)
    code, out, _ = command(capsys, monkeypatch, "receipt", "check", tmp_path / "receipt.json", "--key", public, "--recording", path)
    assert code == 0 and out.startswith("genuine      ok: bank rules 1, 150 ticks")
    record(tmp_path / "other.replay", BANK, seed=9)
    other = ("--recording", tmp_path / "other.replay")
    code, _, err = command(capsys, monkeypatch, "receipt", "check", tmp_path / "receipt.json", "--key", public, *other)
    assert code == 1 and "another match" in err
    (tmp_path / "receipt.json").write_text((tmp_path / "receipt.json").read_text().replace('"ticks":150', '"ticks":151'))
    code, _, err = command(capsys, monkeypatch, "receipt", "check", tmp_path / "receipt.json", "--key", public)
    assert code == 1 and "does not fit" in err


def test_untrusted_is_an_option_of_verify_for_many_files_at_once(path, tmp_path, capsys, monkeypatch):
    record(path, BANK)
    (tmp_path / "broken.replay").write_bytes(path.read_bytes()[:100])
    code, out, _ = command(capsys, monkeypatch, "verify", "--untrusted", "--jobs", 2, path, tmp_path / "broken.replay")
    assert code == 3 and out.startswith("ok ") and "incomplete" in out
    code, out, _ = command(capsys, monkeypatch, "verify", "--untrusted", "--json", path)
    assert code == 0 and json.loads(out)["receipt"]["verdict"] == "ok"
    for option in ("--from", "--parent", "--reference", "--artifacts"):  # what runs the rules outside of the wall
        assert command(capsys, monkeypatch, "verify", "--untrusted", option, "1s", path)[0] == 2


def test_find_game_finds_the_toys_here_too():
    assert find_game("hungry").name == "hungry"
