"""Numbers that come out differently elsewhere: what libraries round in their own way, and integers that are too narrow."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Collection

from replay.prove.conformance.lint.names import constant_text
from replay.prove.conformance.lint.reading import Given, Reading

# Of math, what is exact, or rounded as the standard says: the same everywhere. The other functions come from the C library.
_WHOLE_MATH = {"isqrt", "prod", "gcd", "lcm", "comb", "perm", "factorial", "ceil", "floor", "trunc"}
_EXACT_MATH = set(
    "sqrt fabs copysign fmod remainder modf frexp ldexp isnan isinf isfinite isclose fsum nextafter ulp degrees radians".split()
)
_CONSTANTS = {"pi", "e", "tau", "inf", "nan"}
_NUMPY_FLOAT = set(
    "sin cos tan arcsin arccos arctan arctan2 sinh cosh tanh exp exp2 expm1 log log2 log10 log1p power float_power hypot cbrt "
    "interp average mean std var nanmean nanstd nanvar".split()
)
_NUMPY_FRACTIONS = set("float16 float32 float64 half single double linspace true_divide divide sqrt deg2rad rad2deg".split())
_FLOAT_DTYPE = re.compile(r"[<>=|]?f[248]\Z|(half|single|double|float)\d*\Z")
_BYTE_ORDERED = re.compile(r"[<>=|]f[248]\Z")
_DTYPE_CALLS = {"dtype", "astype", "view", "zeros", "ones", "array", "full", "empty", "asarray", "arange", "fromiter", "frombuffer"}

NARROW = {
    f"{sign}int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if sign == "" else (0, 2**bits - 1)
    for sign in ("", "u")
    for bits in (8, 16, 32)
}
_NARROW_CODES = {f"{code}{bits // 8}": f"{sign}int{bits}" for code, sign in (("i", ""), ("u", "u")) for bits in (8, 16, 32)}
_MACHINE_WIDTHS = {"int", "numpy.int_", "numpy.uint", "numpy.intc", "numpy.uintc", "numpy.long", "numpy.ulong"}
_FILLED = {"numpy.full": 1, "numpy.array": 0, "numpy.asarray": 0, "numpy.full_like": 1}
_GROWING = {"sum", "cumsum", "prod", "cumprod", "dot"}


def _makes_path(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _makes_path(node.left) or _makes_path(node.right)
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name | ast.Attribute) and ast.unparse(node.func) in ("Path", "pathlib.Path", "files")
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Attribute) and node.attr in ("parent", "parents"))


class Fractions(Reading):
    """Reads a file for numbers that are not whole: `float` and `numpy-float` where they differ, `fraction` where they might."""

    def __init__(self, tree: ast.Module, imported: dict[str, str], outside: Collection[ast.AST] = ()) -> None:
        super().__init__(tree, imported, outside)
        self.paths = Given(tree, _makes_path, re.compile(r"(pathlib\.)?Path\b").match)

    def is_path(self, node: ast.expr) -> bool:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return self.is_path(node.left) or self.is_path(node.right)
        return _makes_path(node) or self.paths.is_given(node, self.functions, self.classes)

    def visit_Call(self, node: ast.Call) -> None:
        name = self.name_of(node.func)
        last = node.func.attr if isinstance(node.func, ast.Attribute) else name
        if name == "float":
            self.add(node, "fraction", "float()")
        for keyword in node.keywords:
            if keyword.arg == "dtype" and self.name_of(keyword.value) == "float":
                self.add(keyword.value, "fraction", "dtype=float")
        for each in node.args if last in _DTYPE_CALLS else ():
            self.check_dtype(each)
        for keyword in node.keywords:
            if keyword.arg == "dtype":
                self.check_dtype(keyword.value)
        if name == "sum" and node.args and self.is_fraction(node.args[0]):
            self.add(node, "float", "sum() of fractions: Python 3.12 rounds it otherwise than 3.11")
        if name in ("numpy.sum", "numpy.prod", "numpy.dot") and node.args and self.is_fraction(node.args[0]):
            self.add(node, "numpy-float", f"{name} of fractions")
        if name == "pow" and len(node.args) == 2 and any(self.is_fraction(each) for each in node.args):
            self.add(node, "float", "pow() of fractions")
        self.generic_visit(node)

    def check_dtype(self, node: ast.expr) -> None:
        """Note a dtype of fractions, alone or as a field: only there is a text like "f4" one, and not a square on a board."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if _FLOAT_DTYPE.match(node.value) and not _BYTE_ORDERED.match(node.value):
                self.add(node, "fraction", f"dtype {node.value!r}")
        elif isinstance(node, ast.List):
            for field in node.elts:
                if isinstance(field, ast.Tuple) and len(field.elts) > 1:
                    self.check_dtype(field.elts[1])

    def is_fraction(self, node: ast.expr) -> bool:
        """Whether it is known to be one, or to hold some."""
        match node:
            case ast.Constant(value=value):
                return isinstance(value, float)
            case ast.BinOp(op=ast.Div()):
                return not self.is_path(node)
            case ast.BinOp(left=left, right=right):
                return self.is_fraction(left) or self.is_fraction(right)
            case ast.UnaryOp(operand=operand):
                return self.is_fraction(operand)
            case ast.GeneratorExp(elt=part) | ast.ListComp(elt=part):
                return self.is_fraction(part)
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                return any(map(self.is_fraction, parts))
            case ast.Call():
                return self.name_of(node.func) in ("float", "math.sqrt")
        return False

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load) and node.id in self.imported:
            self.check_name(node, self.name_of(node))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        name = self.name_of(node)
        if not (name.split(".")[0] in self.roots and self.check_name(node, name)):
            self.visit(node.value)

    def check_name(self, node: ast.expr, name: str) -> bool:
        module, _, function = name.rpartition(".")
        if (module == "numpy" and function in _NUMPY_FLOAT) or (module == "numpy.linalg" and function != "LinAlgError"):
            self.add(node, "numpy-float", name)
        elif module == "math" and function not in _WHOLE_MATH | _EXACT_MATH | _CONSTANTS:
            self.add(node, "float", name)
        elif (module == "numpy" and function in _NUMPY_FRACTIONS) or (module == "math" and function in _EXACT_MATH | _CONSTANTS):
            self.add(node, "fraction", name)
        else:
            return False
        return True

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, float | complex):
            self.add(node, "fraction", repr(node.value))
        elif isinstance(node.value, str) and _BYTE_ORDERED.match(node.value):
            self.add(node, "fraction", f"dtype {node.value!r}")

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.Div) and not any(self.is_path(side) for side in (node.left, node.right)):
            self.add(node, "fraction", "/ is float division")
        if isinstance(node.op, ast.Pow) and (self.is_fraction(node.left) or self.is_fraction(node.right)):
            self.add(node, "float", "** of fractions")
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.op, ast.Div):
            self.add(node, "fraction", "/= is float division")
        self.generic_visit(node)


class Narrowing(Reading):
    """Reads a file for integers that do not fit, where that is known."""

    def __init__(self, tree: ast.Module, imported: dict[str, str], outside: Collection[ast.AST] = ()) -> None:
        super().__init__(tree, imported, outside)
        self.scalars = Given(
            tree, lambda node: isinstance(node, ast.Call) and bool(self.narrow_type(node.func)), re.compile(r"\b\B").match
        )
        self.masked: set[ast.AST] = set()
        self.fields = self._narrow_fields()
        self.growing = self._growing_fields()
        self.tested: list[ast.expr] = []

    def narrow_type(self, node: ast.expr | None) -> str:
        """`uint8` for np.uint8, "u1", "<u1"; empty for what is wide, or no such type."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value.lstrip("<>=|")
            return _NARROW_CODES.get(text, text if text in NARROW else "")
        module, _, name = self.name_of(node).rpartition(".") if node is not None else ("", "", "")
        return name if module == "numpy" and name in NARROW else ""

    def _narrow_fields(self) -> dict[str, str]:
        """The fields of 8 and 16 bits that record types of this file name, unless another record gives the name more."""
        types: dict[str, set[str]] = defaultdict(set)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Tuple) and len(node.elts) >= 2:
                name = constant_text(node.elts[0])
                types[name or ""].add(self.narrow_type(node.elts[1]))
        return {name: kinds.pop() for name, kinds in types.items() if len(kinds) == 1 and not kinds & {"", "int32", "uint32"}}

    def _growing_fields(self) -> set[str]:
        """The fields that are added to somewhere, and never set, compared, or taken from."""
        added, other = set[str](), set[str]()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.AugAssign) and (name := _field_of(node.target)):
                grows = isinstance(node.op, ast.Add) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, int)
                (added if grows else other).add(name)
            elif isinstance(node, ast.Assign):
                other |= {_field_of(target) for target in node.targets}
            elif isinstance(node, ast.Compare | ast.BinOp | ast.If | ast.While):
                within = node.test if isinstance(node, ast.If | ast.While) else node
                other |= {_field_of(each) for each in ast.walk(within) if isinstance(each, ast.Subscript)}
        return added - other

    def visit_Call(self, node: ast.Call) -> None:
        name = self.name_of(node.func)
        last = node.func.attr if isinstance(node.func, ast.Attribute) else name
        kind = self.narrow_type(node.func)
        dtype = next((each.value for each in node.keywords if each.arg == "dtype"), None)
        if kind and node.args:
            self.masked.update(node.args)
            self.check_fits(node.args[0], kind)
        if name in _FILLED and len(node.args) > _FILLED[name]:
            given = dtype if dtype is not None else node.args[-1] if len(node.args) > _FILLED[name] + 1 else None
            self.check_fits(node.args[_FILLED[name]], self.narrow_type(given))
        if last in _GROWING and (narrow := self.narrow_type(dtype)):
            self.add(node, "narrow", f"{last}() in {narrow}")
        if name == "numpy.dtype" and node.args and isinstance(node.args[0], ast.List):
            for field in node.args[0].elts:
                if isinstance(field, ast.Tuple) and len(field.elts) > 1 and self.name_of(field.elts[1]) in _MACHINE_WIDTHS:
                    self.add(field.elts[1], "narrow", f"{self.name_of(field.elts[1])} has 32 bits on one machine and 64 on another")
        if last in ("clip", "min", "max", "minimum", "maximum", "int", "astype"):
            self.masked.update([*node.args, *([node.func.value] if isinstance(node.func, ast.Attribute) else [])])
        self.generic_visit(node)

    def check_fits(self, node: ast.expr, kind: str) -> None:
        """Note the constants that a narrow type cannot hold: numpy 1 wraps them round, numpy 2 raises."""
        low, high = NARROW.get(kind, (0, 0))
        for each in node.elts if isinstance(node, ast.List | ast.Tuple) else [node]:
            value = _whole(each)
            if kind and value is not None and not low <= value <= high:
                self.add(each, "narrow", f"{value} does not fit {kind}")
            elif isinstance(each, ast.List | ast.Tuple):
                self.check_fits(each, kind)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.BitAnd | ast.Mod) or node in self.masked:
            self.masked.update([node.left, node.right])
        if isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.LShift) and node not in self.masked:
            for side, other in ((node.left, node.right), (node.right, node.left)):
                narrow = self.is_scalar(side)
                if narrow and not isinstance(other, ast.List | ast.Tuple):
                    self.add(node, "narrow", f"arithmetic on a number of {narrow}")
                    self.masked.update([node.left, node.right])
                    break
        self.generic_visit(node)

    def is_scalar(self, node: ast.expr) -> str:
        if isinstance(node, ast.Call) and (kind := self.narrow_type(node.func)):
            return kind
        return "few bits" if self.scalars.is_given(node, self.functions, self.classes) else ""

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        name = _field_of(node.target)
        if name in self.fields and name in self.growing:
            self.add(node, "narrow", f"{name} only grows, in {self.fields[name]}")
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        self.masked.update([node.left, *node.comparators])
        self.generic_visit(node)


def _whole(node: ast.expr) -> int | None:
    """The value of a whole number, with its sign."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _whole(node.operand)
        return None if value is None else -value
    is_whole = isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool)
    return node.value if is_whole else None  # type: ignore[attr-defined]


def _field_of(node: ast.AST) -> str:
    """The field in `state["tick"]`, `state["tick"][0]`, `players[i]["tick"]`; empty if there is none."""
    while isinstance(node, ast.Subscript):
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            return node.slice.value
        node = node.value
    return ""
