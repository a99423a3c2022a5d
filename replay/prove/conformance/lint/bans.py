"""Names that rules must not use: clocks, inputs, randomness, files, threads, other machines, and what memory happens to hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

from replay.prove.conformance.lint.names import constant_text
from replay.prove.conformance.lint.reading import Given, Reading

_RANDOM_MODULES = ("random", "secrets", "uuid", "numpy.random")
_RANDOM_FUNCTIONS = {"os.urandom", "os.getrandom"}
_FIXED_IDS = {"UUID", "uuid3", "uuid5", "NAMESPACE_DNS", "NAMESPACE_URL", "NAMESPACE_OID", "NAMESPACE_X500", "SafeUUID"}
_SEEDED = set("Random RandomState default_rng Generator BitGenerator SeedSequence PCG64 PCG64DXSM Philox MT19937 SFC64".split())
_CLOCK_MODULES = ("time", "pygame.time")
_CLOCKS = {
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
    "pygame.mixer.get_busy", "pygame.mixer.music.get_pos", "pygame.mixer.music.get_busy",
}  # fmt: skip
_NO_CLOCKS = {"time.struct_time", "time.strptime", "time.CLOCK_MONOTONIC", "time.timezone", "pygame.time.Clock", "time.sleep"}
_WAITS = {"pygame.time.wait", "pygame.time.delay"}  # these tell the time only to whoever takes their result
_CLOCK_METHODS = {"tick", "tick_busy_loop", "get_time", "get_rawtime", "get_fps"}
_INPUT_MODULES = ("pygame.key", "pygame.mouse", "pygame.event", "pygame.joystick", "pygame._sdl2.controller", "pygame.scrap")
_NO_INPUTS = {  # of these modules, what reads none
    "pygame.event.Event", "pygame.event.EventType", "pygame.event.pump",
    "pygame.event.custom_type", "pygame.event.post", "pygame.event.clear",
    "pygame.event.set_allowed", "pygame.event.set_blocked", "pygame.event.set_grab", "pygame.key.set_repeat", "pygame.key.name",
    "pygame.key.start_text_input", "pygame.key.stop_text_input", "pygame.key.key_code", "pygame.mouse.set_cursor",
    "pygame.mouse.set_pos", "pygame.mouse.set_visible", "pygame.joystick.init", "pygame.joystick.quit",
}  # fmt: skip
_INPUTS = {"input", "sys.stdin"}
_LISTINGS = {"os.listdir", "os.scandir", "os.walk", "glob.glob", "glob.iglob"}
_LISTING_METHODS = {"iterdir", "glob", "rglob", "scandir"}
_ENVIRONMENT = {"os.getenv", "os.environ", "os.getpid", "os.cpu_count", "locale.getlocale", "platform.node"}
_OPENING = {"open", "io.open"}  # content that is loaded at import is there before the match
_THREADS = ("threading", "_thread", "multiprocessing", "subprocess", "concurrent.futures", "sched", "gc")
_THREAD_FUNCTIONS = {
    "atexit.register",
    "signal.signal",
    "signal.setitimer",
    "signal.alarm",
    "weakref.finalize",
    "asyncio.to_thread",
}
_NO_THREADS = {
    "freeze",
    "disable",
    "enable",
    "Lock",
    "RLock",
    "Condition",
    "Semaphore",
    "BoundedSemaphore",
    "Event",
    "Future",
    "local",
}
_NO_THREADS |= {
    "current_thread",
    "main_thread",
    "TimeoutError",
    "CancelledError",
    "BrokenExecutor",
    "CalledProcessError",
    "Executor",
}
_NETWORK = ("socket", "urllib.request", "http.client", "requests", "httpx", "websockets")
_ORDER_FREE = {"sorted", "len", "set", "frozenset", "bool", "sum", "min", "max", "any", "all"}
_IDENTITY_METHODS = {"__hash__", "__repr__", "__str__", "__deepcopy__", "__eq__"}


def _makes_clock(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Clock"


class Bans(Reading):
    """Reads a file for what rules must not use."""

    def __init__(self, tree: ast.Module, imported: dict[str, str], outside: Collection[ast.AST] = ()) -> None:
        super().__init__(tree, imported, outside)
        self.clocks = Given(tree, _makes_clock, re.compile(r"(pygame\.)?(time\.)?Clock\b").match)
        self.defined = set(_defined_names(tree))
        self.dropped = {each.value for each in ast.walk(tree) if isinstance(each, ast.Expr)}  # calls whose results nobody takes
        self.harmless: set[ast.AST] = set()
        self.looked_up: set[ast.AST] = set()  # id(x) that is compared, or a key: its order decides nothing

    def visit_Call(self, node: ast.Call) -> None:
        name = self.name_of(node.func)
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name in _ORDER_FREE:
            self.harmless.update(node.args)
            self.harmless.update(part.iter for each in node.args for part in getattr(each, "generators", ()))
        if name == "os.environ.setdefault" and isinstance(node.func, ast.Attribute):
            self.harmless.add(node.func.value)
        if name == "isinstance":
            self.harmless.update(ast.walk(node))
        if name in ("hash", "id") and node not in self.looked_up and self.function_name not in _IDENTITY_METHODS:
            self.add(node, "identity", f"{name}()")
        if (name in _LISTINGS or method in _LISTING_METHODS) and node not in self.harmless:
            self.add(node, "files", f"{name if name in _LISTINGS else method}() is not sorted")
        if method in _CLOCK_METHODS and isinstance(node.func, ast.Attribute) and node not in self.dropped:
            owner = node.func.value
            if self.clocks.is_given(owner, self.functions, self.classes) or _makes_clock(owner):
                self.add(node, "clock", f"{method}() of a clock")
        for keyword in node.keywords:
            if keyword.arg == "key" and self.name_of(keyword.value) in ("id", "hash"):
                self.add(keyword.value, "identity", f"sorting by {self.name_of(keyword.value)}")
        if name in ("weakref.ref", "weakref.proxy") and len(node.args) + len(node.keywords) > 1:
            self.add(node, "thread", f"a callback of {name}")
        if name == "numpy.datetime64" and [getattr(each, "value", None) for each in node.args] in (["now"], ["today"]):
            self.add(node, "clock", "numpy.datetime64 of now")
        if self._is_seeded(name, node) or (name in _WAITS and node in self.dropped) or (name in _OPENING and _writes(node)):
            self.harmless.add(node.func)
        if self.name_of(node) and self.check_name(node, self.name_of(node)):
            return
        self.generic_visit(node)

    def _is_seeded(self, name: str, node: ast.Call) -> bool:
        module, _, function = name.rpartition(".")
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        fixed = [each for each in given if not (isinstance(each, ast.Constant) and each.value is None)]
        return module in _RANDOM_MODULES and function in _SEEDED and bool(fixed)

    def visit_Compare(self, node: ast.Compare) -> None:
        self.looked_up.update([node.left, *node.comparators])
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.harmless.add(node.value)  # os.environ["X"] = ... reads nothing
        self.looked_up.add(node.slice)
        name = self.name_of(node)
        if not (name and name.split(".")[0] in ("time", "random") and self.check_name(node, name)):
            self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        builtin = node.id in ("open", "input") and node.id not in self.defined
        if isinstance(node.ctx, ast.Load) and (node.id in self.imported or builtin):
            self.check_name(node, self.name_of(node))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        name = self.name_of(node)
        dynamic = not isinstance(node.value, ast.Name | ast.Attribute)
        if not ((dynamic or name.split(".")[0] in self.roots) and self._is_imported(node) and self.check_name(node, name)):
            self.visit(node.value)

    def _is_imported(self, node: ast.expr) -> bool:
        """Whether a dotted name begins with an imported one, rather than with a variable that is called like a module."""
        while isinstance(node, ast.Attribute):
            node = node.value
        return not isinstance(node, ast.Name) or node.id in self.imported

    def check_name(self, node: ast.expr, name: str) -> bool:
        """Whether a dotted name is one that rules must not use; if so it is noted."""
        module, _, function = name.rpartition(".")
        if node in self.harmless:
            return False
        rule = _rule_of(name, module, function)
        if rule is None or (name in _OPENING and not self.functions):
            return False
        self.add(node, rule, name)
        return True

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.harmless.update(node.bases)  # a class of one's own says itself what it does
        super().visit_ClassDef(node)


def _defined_names(tree: ast.AST) -> Iterator[str]:
    """What a file defines itself, anywhere: functions, classes, parameters, variables."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _writes(node: ast.Call) -> bool:
    """Whether a call of open() is for writing only."""
    given = [*node.args[1:2], *(keyword.value for keyword in node.keywords if keyword.arg == "mode")]
    mode = constant_text(given[0]) if given else None
    return mode is not None and mode[:1] in ("w", "a", "x") and "+" not in mode


def _rule_of(name: str, module: str, function: str) -> str | None:
    if (module in _CLOCK_MODULES and name not in _NO_CLOCKS) or name in _CLOCKS:
        return "clock"
    if (module in _INPUT_MODULES and name not in _NO_INPUTS) or name in _INPUTS:
        return "input"
    if (module in _THREADS and function not in _NO_THREADS and not function.isupper()) or name in _THREAD_FUNCTIONS:
        return "thread"
    if module in _NETWORK and not function.isupper():
        return "network"
    if name in _RANDOM_FUNCTIONS or (module in _RANDOM_MODULES and function not in _FIXED_IDS):
        return "random"
    if name in _ENVIRONMENT:
        return "environment"
    return "files" if name in _OPENING else None
