"""What the names in a file stand for: imports of any kind, resolved to the full dotted name of what they mean."""

from __future__ import annotations

import ast
from collections import Counter

# What `from MODULE import *` brings of what rules must not use.
_STARRED = {
    "time": "time time_ns perf_counter perf_counter_ns monotonic monotonic_ns process_time process_time_ns thread_time sleep "
    "localtime gmtime ctime strftime",
    "random": "random randint randrange choice choices shuffle sample uniform gauss getrandbits seed triangular betavariate Random "
    "SystemRandom expovariate normalvariate randbytes",
    "pygame": "time key mouse event joystick",
    "os": "listdir scandir walk environ getenv urandom getpid",
    "math": "sin cos tan asin acos atan atan2 sinh cosh tanh exp expm1 log log2 log10 log1p pow hypot dist cbrt gamma erf erfc",
    "numpy": "empty empty_like argsort argpartition sort",
    "secrets": "choice randbelow randbits token_bytes token_hex token_urlsafe",
    "uuid": "uuid1 uuid4 getnode",
    "datetime": "datetime date",
    "threading": "Thread Timer Lock Event",
}


def imported_names(tree: ast.AST, package: str = "") -> dict[str, str]:
    """What the names that a file imports stand for: {"np": "numpy", "now": "time.time"}. package: what the file is in.
    Also a name that is given an imported module and nothing else: `t = time`, `t = importlib.import_module("time")`."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.split(".")[0]] = alias.name if alias.asname else alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, package)
            for alias in node.names:
                starred = _STARRED.get(base, "").split() if alias.name == "*" else []
                names.update({name: f"{base}.{name}" for name in starred} or {alias.asname or alias.name: f"{base}.{alias.name}"})
    return names | _aliases(tree, names)


def _base(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    above = package.split(".")[: len(package.split(".")) - node.level + 1] if package else []
    return ".".join([*above, *filter(None, [node.module])]) if above else "." + (node.module or "")


def _aliases(tree: ast.AST, names: dict[str, str]) -> dict[str, str]:
    modules = {name.split(".")[0] for name in names.values()}
    stored = Counter(node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    aliases = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(target := node.targets[0], ast.Name):
            name = dotted_name(node.value, names)
            is_module = name in names.values() or isinstance(node.value, ast.Call)
            if (
                name
                and is_module
                and stored[target.id] == 1
                and (name.split(".")[0] in modules or isinstance(node.value, ast.Call))
            ):
                aliases[target.id] = name
    return aliases


def dotted_name(node: ast.expr, names: dict[str, str]) -> str:
    """The full dotted name of an expression: `np.sin` is `numpy.sin`, `getattr(time, "time")` is `time.time`, and so is
    `__import__("ti" + "me").time`. Empty if it is not a name."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        base = dotted_name(node.value, names)
        return f"{base}.{node.attr}" if base else ""
    if isinstance(node, ast.Call) and node.args:
        return _computed(node, names)
    if isinstance(node, ast.Subscript):
        return _looked_up(node, names)
    return ""


def _computed(node: ast.Call, names: dict[str, str]) -> str:
    """The name that a call looks up: a dynamic import, or getattr."""
    function = dotted_name(node.func, names)
    if function in ("importlib.import_module", "__import__", "builtins.__import__"):
        return constant_text(node.args[0]) or ""
    if function == "getattr" and len(node.args) > 1:
        base, attribute = dotted_name(node.args[0], names), constant_text(node.args[1])
        return f"{base}.{attribute}" if base and attribute else ""
    return ""


def _looked_up(node: ast.Subscript, names: dict[str, str]) -> str:
    """`sys.modules["time"]`, `vars(time)["time"]`, `time.__dict__["time"]`."""
    key, base = constant_text(node.slice), dotted_name(node.value, names)
    if key is None:
        return ""
    if base == "sys.modules":
        return key
    if base.endswith(".__dict__"):
        return f"{base.removesuffix('.__dict__')}.{key}"
    if isinstance(node.value, ast.Call) and node.value.args and dotted_name(node.value.func, names) == "vars":
        owner = dotted_name(node.value.args[0], names)
        return f"{owner}.{key}" if owner else ""
    return ""


def constant_text(node: ast.expr) -> str | None:
    """The text of a constant, or of constants added together."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = constant_text(node.left), constant_text(node.right)
        return left + right if left is not None and right is not None else None
    return None
