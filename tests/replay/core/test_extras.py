import re
import sys
import tomllib
from pathlib import Path

import pytest

from replay.core.errors import MachineError
from replay.core.extras import EXTRAS, missing, optional

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
DISTRIBUTIONS = {"PIL": "pillow"}  # what is imported by another name


def brought_by(requirements):
    """The packages that requirements name, those of our own extras too."""
    names = set()
    for text in requirements:
        name, extras = re.match(r"([\w-]+)(?:\[([\w,-]+)\])?", text).groups()
        if name == PROJECT["name"]:
            for extra in extras.split(","):
                names |= brought_by(PROJECT["optional-dependencies"][extra])
        else:
            names.add(name)
    return names


@pytest.mark.parametrize("package", sorted(EXTRAS))
def test_the_extra_that_is_named_brings_the_package(package):
    _, extra = EXTRAS[package]
    assert DISTRIBUTIONS.get(package, package) in brought_by(PROJECT["optional-dependencies"][extra])


def test_every_optional_package_of_the_project_is_known():
    brought = brought_by(["deterministic-replay[all]"]) - {"pygame-ce"}  # imported as pygame
    assert brought == {DISTRIBUTIONS.get(package, package) for package in EXTRAS}


def test_the_core_brings_five_packages_and_no_extra():
    assert brought_by(PROJECT["dependencies"]) == {"click", "msgpack", "numpy", "rich", "xxhash"}


@pytest.mark.parametrize("name", ["pygame", "pygame.font"])
def test_a_missing_package_is_named_with_its_extra(monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MachineError, match="this needs pygame, which is not installed") as raised, optional():
        __import__(name)
    assert raised.value.hint == "pip install 'deterministic-replay[watch]'"


def test_a_package_that_is_there_and_broken_is_not_called_missing():
    said = missing(ImportError("libX11.so.6: cannot open shared object file", name="pygame.base"))
    assert "pygame is installed but does not load: libX11.so.6" in str(said)


def test_an_import_that_no_extra_would_help_stays_what_it_is():
    with pytest.raises(ModuleNotFoundError, match="no_such_package"), optional():
        __import__("no_such_package")
