"""Receipts: what a verification in the sandbox attests, as a small JSON object that can be signed, stored and checked later.

    {"config": {...}, "engine": "0.1.0", "game": "arena", "hash": "…", "key": "…", "match": "…", "players": 8, "receipt": 2,
     "result": {...}, "rules": 1, "session": "…", "signature": "…", "ticks": 2460, "verdict": "ok"}

match: names what was played, and not who says that they played it (see `Recording.match_identity`): the same inputs under another
name are the same match. session: the server's nonce in the recording, in hexadecimal, or empty. players: how many. hash: the state
at the last tick. result: computed, never claimed.
key, signature: Ed25519 over the rest; in hexadecimal. Signing needs the extra `sign` (the package `cryptography`); keys are PEM
files as `openssl genpkey -algorithm ed25519` makes them.

It is written in one way only, JSON with sorted keys, no spaces and ASCII only, and read in no other: no byte can change unnoticed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replay.core.errors import FormatError, ReplayError, UsageError
from replay.core.extras import optional
from replay.core.verify import Verification

if TYPE_CHECKING:
    from replay.core.recording import Recording

RECEIPT_VERSION = 2
_MAX_BYTES = 2**20
_DOMAIN = b"replay receipt\n"  # a signature of this key for anything else does not count for a receipt
_FACTS = {
    "receipt": int,
    "engine": str,
    "match": str,
    "session": str,
    "game": str,
    "rules": int,
    "config": dict,
    "players": int,
    "ticks": int,
    "hash": str | None,
    "result": dict | None,
    "verdict": str,
}

Receipt = dict[str, Any]


def facts_of(recording: Recording) -> dict[str, Any]:
    """What a recording says of itself that a receipt repeats, and what else is known before it is verified."""
    header = recording.header
    return {
        "match": recording.match_identity(),
        "session": header.session.hex(),
        "game": header.game,
        "rules": header.rules,
        "config": dict(header.config),
        "players": len(header.players),
        "start_tick": recording.start_tick,
        "ticks": recording.ticks,
        "ticks_per_second": header.ticks_per_second,
    }


def attest(facts: Mapping[str, Any], verification: Verification) -> Receipt:
    """The unsigned receipt of a verification. facts: see `facts_of`."""
    try:
        engine = version("deterministic-replay")
    except PackageNotFoundError:  # run from a source tree
        engine = "0"
    return {
        "receipt": RECEIPT_VERSION,
        "engine": engine,
        **{name: facts[name] for name in ("match", "session", "game", "rules", "config", "players")},
        "ticks": verification.ticks,
        "hash": None if verification.final_hash is None else f"{verification.final_hash:016x}",
        "result": verification.result,
        "verdict": verification.verdict.value,
    }


def to_json(receipt: Receipt) -> str:
    """One line, ASCII only."""
    return json.dumps(receipt, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def from_json(text: str | bytes) -> Receipt:
    """The receipt, with the facts that every receipt has. A line end may follow. Raises FormatError for anything else."""
    try:
        if len(text) > _MAX_BYTES:
            raise ValueError("too large")
        receipt = json.loads(text, object_pairs_hook=_no_duplicates)
        if receipt["receipt"] != RECEIPT_VERSION:
            raise ValueError(f"written in version {receipt['receipt']!r}, this one reads {RECEIPT_VERSION}")
        for name, kind in _FACTS.items():
            if not isinstance(receipt[name], kind) or isinstance(receipt[name], bool):
                raise ValueError(f"{name} is {receipt[name]!r:.60}")
        if unknown := receipt.keys() - _FACTS.keys() - {"key", "signature"}:
            raise ValueError(f"it holds {sorted(unknown)[0]!r:.60} too")
        written = text.decode() if isinstance(text, bytes) else text
        if to_json(receipt) not in (written, written.removesuffix("\n")):
            raise ValueError("it was written anew, in another way")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        why = f"{error} is missing" if isinstance(error, KeyError) else str(error) or type(error).__name__
        raise FormatError(f"is not a receipt: {why}", "replay verify --receipt prints one") from None
    return dict(receipt)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("duplicate key")
    return dict(pairs)


def sign(receipt: Receipt, key: Any) -> Receipt:
    """The receipt with a signature by `key` (see `load_key`), and the public key that belongs to it."""
    facts = {name: receipt[name] for name in _FACTS}
    return {**facts, "key": _raw(key.public_key()).hex(), "signature": key.sign(_signed_bytes(facts)).hex()}


def check_signature(receipt: Receipt, key: Any) -> None:
    """Raises ReplayError unless this receipt was signed with the private key that belongs to the public `key`."""
    from cryptography.exceptions import InvalidSignature

    if "signature" not in receipt:
        raise ReplayError("the receipt is not signed", "replay verify --sign KEY signs one")
    names_it = receipt.get("key") == _raw(key).hex()
    try:
        signature = bytes.fromhex(receipt["signature"])
        key.verify(signature, _signed_bytes({name: receipt[name] for name in _FACTS}))
        if not names_it or signature.hex() != receipt["signature"]:
            raise ValueError("written in another way")
    except (InvalidSignature, ValueError, TypeError):
        other = "" if names_it else "; it names another key"
        raise ReplayError(f"the signature does not fit{other}", "the receipt was changed, or signed by someone else") from None


def _signed_bytes(facts: Receipt) -> bytes:
    return _DOMAIN + to_json(facts).encode()


def _raw(key: Any) -> bytes:
    return bytes(key.public_bytes_raw())


# --- keys ---------------------------------------------------------------------------------------------------------------


def new_key(path: str | os.PathLike[str]) -> Path:
    """Make a private key at `path`, for nobody else to read, and beside it the public one, whose path is returned.

    Raises UsageError if there is a file already, MachineError without the extra `sign`.
    """
    pem, keys = _cryptography()
    private, public = Path(path), Path(path).with_suffix(".pub")
    key = keys.Ed25519PrivateKey.generate()
    contents = {
        private: (key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption()), 0o600),
        public: (key.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo), 0o644),
    }
    if taken := [each for each in contents if each.exists()]:
        raise UsageError(f"{taken[0]} exists", "a key is never written over; name another file")
    made: list[Path] = []
    try:
        for each, (content, mode) in contents.items():
            with os.fdopen(os.open(each, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                made.append(each)
                file.write(content)
    except BaseException:  # half a pair would be taken for a key
        for each in made:
            each.unlink()
        raise
    return public


def load_key(path: str | os.PathLike[str], *, private: bool) -> Any:
    """An Ed25519 key from a PEM file. Where a public key is asked for, a private one stands for its public part.

    Raises UsageError for any other file, MachineError without the extra `sign`, OSError if it cannot be read.
    """
    pem, keys = _cryptography()
    data = Path(path).read_bytes()
    try:
        key = pem.load_pem_private_key(data, None) if private or b"PRIVATE" in data else pem.load_pem_public_key(data)
    except (ValueError, TypeError) as error:
        raise UsageError(f"{path} holds no {'private' if private else 'public'} key that can be read: {error}") from None
    if not isinstance(key, keys.Ed25519PrivateKey | keys.Ed25519PublicKey):
        raise UsageError(f"{path} is not an Ed25519 key", "openssl genpkey -algorithm ed25519, or replay receipt key NEW.pem")
    return key if private or isinstance(key, keys.Ed25519PublicKey) else key.public_key()


def _cryptography() -> tuple[Any, Any]:
    with optional():
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    return serialization, ed25519
