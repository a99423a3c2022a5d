"""Commands that take URLs, and those that say that they do not."""

import io
import json

import pytest
from bucket import bucket
from damage import record
from toys import COUNTER


@pytest.fixture
def url(monkeypatch, path, installed):
    record(path, COUNTER, ticks=120)
    with bucket(monkeypatch) as (put, _):
        put("deep/b.replay", path)
        yield put("a.replay", path)


def test_what_reads_takes_urls(call, url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = call("verify", url, "memory://bucket", "--no-cache")
    assert (code, out.count("ok  ")) == (0, 2) and url in out, err
    assert call("verify", "memory://bucket")[0] == 0
    for arguments in (("info", url), ("info", "--space", url), ("info", "--text", url), ("show", f"{url}@60"), ("diff", url, url)):
        assert call(*arguments)[0] == 0, arguments
    for arguments in (("verify", "--json", url), ("info", "--json", url), ("show", "--json", f"{url}@60")):
        assert json.loads(call(*arguments)[1])["file" if arguments[0] != "verify" else "path"] == url
    reports = ("--report", "a.html", "--junit", "a.xml", "--artifacts", "kept")
    assert call("verify", url, *reports)[0] == 0 and url in (tmp_path / "a.xml").read_text()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{url}\n"))
    assert call("verify", "-", "--no-cache")[1].startswith("ok           memory://")
    assert call("scan", "memory://bucket", "--when", "tick == 5")[1].split() == [f"{url}@5", "memory://bucket/deep/b.replay@5"]
    assert call("tables", "memory://bucket", "-o", "tables")[0] == 0
    code, _, err = call("index", "memory://bucket")
    assert code == 0 and "1 new, 1 copy" in err
    assert url in call("ls")[1] and url in call("ls", "--json")[1] and url in call("ls", "--csv")[1]
    assert url in call("search", "--kind", "press")[1]
    assert call("scan", "game:counter", "--when", "tick == 5")[1].strip() == f"{url}@5"
    assert call("clip", url, "--from", "0", "--to", "60", "-o", "cut.replay")[0] == 0


def test_what_does_not_says_so(call, url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for arguments in (
        ("watch", url),
        ("index", "memory://bucket", "--follow"),
        ("events", url),
        ("export", url, "-o", "a.png"),
        ("export", url, "-o", "a.html"),
        ("mark", url, "--at", "5", "x"),
        ("shrink", url),
        ("events", "memory://bucket", "--follow"),
        ("strip", url, "-o", url),
    ):
        code, out, err = call(*arguments)
        assert code and "is not on this machine" in err and not out, (arguments, code, err)
    assert call("verify", "memory://bucket/none")[0] == 3
    assert call("verify", "nowhere://bucket/a.replay")[0] == 6
    assert call("index", "memory://nothing")[0] == 5
