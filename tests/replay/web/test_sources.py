"""The sources of a page: small files, names used once, imports that there are, nothing that makes markup or connections."""

import re
from pathlib import Path

from replay.web.bundle import PLAYER

WEB = PLAYER.parent
FILES = sorted([*WEB.rglob("*.js"), *Path("game/web").glob("*.js")])
_LONGEST_FILE, _LONGEST_LINE, _LONGEST_FUNCTION = 400, 132, 60
_FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\(\"style|cssText|\bfetch\(|"
    r"XMLHttpRequest|WebSocket|EventSource|sendBeacon|\bimport\(|localStorage|document\.cookie"
)
_TOP = re.compile(r"^(?:export )?(?:async )?(?:function\*?|class|const|let) (\w+)", re.MULTILINE)
_EXPORTED = re.compile(r"^export (?:async )?(?:function\*?|class|const) (\w+)", re.MULTILINE)
_IMPORT = re.compile(r'^import \{([^}]*)\} from "([^"]+)";', re.MULTILINE)
_BEGINS = re.compile(r"^(\s*)(?:export )?(?:static )?(?:async )?(?:function\*? )?[#\w]+\([^;]*\) \{$")


def faults(path, text):
    lines = text.splitlines()
    found = [] if len(lines) <= _LONGEST_FILE else [f"{len(lines)} lines"]
    found += [f"line {number} has {len(line)} letters" for number, line in enumerate(lines, 1) if len(line) > _LONGEST_LINE]
    found += [f"uses {match[0]}" for match in _FORBIDDEN.finditer(text)]
    for number, line in enumerate(lines):
        if (begin := _BEGINS.match(line)) and not line.lstrip().startswith(("if", "for", "while", "switch")):
            end = next((at for at in range(number, len(lines)) if lines[at].startswith(begin[1] + "}")), len(lines))
            if end - number > _LONGEST_FUNCTION:
                found.append(f"line {number + 1}: a function of {end - number} lines")
    for names, module in _IMPORT.findall(text):
        exported = set(_EXPORTED.findall((path.parent / module).read_text("utf-8")))
        found += [f"imports {name}, which {module} does not export" for name in re.findall(r"\w+", names) if name not in exported]
        found += [
            f"imports {name} and does not use it" for name in re.findall(r"\w+", names) if len(re.findall(rf"\b{name}\b", text)) < 2
        ]
    return found


def names_twice(texts):
    """Top-level names of modules that share one scope, which more than one of them has."""
    names = [name for text in texts for name in set(_TOP.findall(text))]
    return sorted({name for name in names if names.count(name) > 1})


def test_every_file_is_as_it_should_be():
    assert len(FILES) > 20
    assert {path.name: found for path in FILES if (found := faults(path, path.read_text("utf-8")))} == {}


def test_no_two_modules_of_a_scope_have_the_same_name():
    films = {"film.js", "reel.js"}  # in a scope of their own
    assert names_twice(path.read_text("utf-8") for path in PLAYER.glob("*.js") if path.name not in films) == []
    assert names_twice(path.read_text("utf-8") for path in Path("game/web").glob("*.js")) == []


def test_the_checks_can_fail():
    here = PLAYER / "dom.js"
    assert faults(here, "element.innerHTML = name;\n") == ["uses innerHTML"]
    assert faults(here, "x" * 133) == ["line 1 has 133 letters"]
    assert faults(here, "a();\n" * 401) == ["401 lines"]
    assert faults(here, "function f() {\n" + "  a();\n" * 61 + "}\n") == ["line 1: a function of 62 lines"]
    assert faults(here, 'import { at } from "./dom.js";\n') == ["imports at and does not use it"]
    assert faults(here, 'import { nothing } from "./dom.js";\nnothing();\n') == ["imports nothing, which ./dom.js does not export"]
    assert names_twice(["const a = 1;\n", "export function a() {}\n", "const b = 1;\n"]) == ["a"]
