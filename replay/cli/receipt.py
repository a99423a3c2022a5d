"""`replay receipt`: keys that sign receipts, and receipts checked."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from replay.cli.common import FINDING, OK, Command, LazyGroup, complain, escape, naming
from replay.cli.complete import recordings
from replay.cli.output import echo
from replay.core.text import counted

SUBCOMMANDS = {
    "check": (".receipt", "check", "Is a receipt genuine, and for this recording?"),
    "key": (".receipt", "key", "Make a key that signs receipts."),
}


@click.group(
    cls=LazyGroup,
    table=SUBCOMMANDS,
    package=__package__,
    examples=[
        "replay receipt key server.pem",
        "replay verify --sign server.pem upload.replay > receipt.json",
        "replay receipt check receipt.json --key server.pub --recording upload.replay",
    ],
)
def receipt() -> None:
    """Receipts: what a verification in the sandbox attests, signed."""


@click.command(
    cls=Command,
    examples=[
        "replay receipt check receipt.json --key server.pub",
        "replay receipt check receipt.json --key server.pub --recording upload.replay",
        "replay verify --sign server.pem upload.replay | replay receipt check - --key server.pub",
    ],
)
@click.argument("file")
@click.option("--key", required=True, metavar="KEY", help="The public key (PEM) of who should have signed it.")
@click.option("--recording", metavar="FILE", shell_complete=recordings, help="Is it the receipt of what was played here?")
def check(file: str, key: str, recording: str | None) -> int:
    """Check a receipt: signature, verdict, and whose match it is. FILE may be - for stdin.

    Exit codes: 0 genuine and ok, 1 not, 3 not a receipt.
    """
    from replay.prove.sandbox.receipt import check_signature, from_json, load_key

    path = Path(file)
    with naming(path):
        attested = from_json(sys.stdin.buffer.read() if file == "-" else path.read_bytes())
        check_signature(attested, load_key(key, private=False))
    if recording is not None:
        from replay.core.recording import Recording

        with naming(Path(recording)), Recording(recording) as opened:
            played = opened.match_identity()
        if played != attested["match"]:
            hint = f"{recording} is {played}, the receipt is for {attested['match']}"
            complain("replay", f"{file} is the receipt of another match", hint)
            return FINDING
    session = f", session {attested['session']}" if attested["session"] else ""
    players = counted(attested["players"], "player")
    played = f"{players}, match {attested['match']}{session}"
    facts = f"{attested['game']} rules {attested['rules']}, {attested['ticks']:,} ticks, {played}"
    echo(f"genuine      {escape(str(attested['verdict']))}: {escape(facts)}")
    return OK if attested["verdict"] == "ok" else FINDING


@click.command(
    cls=Command,
    examples=[
        "replay receipt key server.pem",
        "replay verify --sign server.pem upload.replay",
        "replay receipt check receipt.json --key server.pub",
    ],
)
@click.argument("file", metavar="NEW.pem")
def key(file: str) -> int:
    """Make an Ed25519 key: NEW.pem signs and stays secret, NEW.pub checks."""
    from replay.prove.sandbox.receipt import new_key

    public = new_key(file)
    echo(f"{escape(file)} signs: keep it secret\n{escape(str(public))} checks: give it to everyone")
    return OK
