"""Kernels to one object file: no numba, no Python, no runtime behind it. Run as a process of its own:

    python -m replay.native.compiler MODULE:ATTR TARGET      the object goes to stdout

numba types the kernels and writes LLVM's text of them, not optimised. What ties that to Python goes; each entry gets a face as C
calls it; all of it becomes one module, in which everything but the entries is internal, so that LLVM's O3 sees the whole.
The result may leave nothing undefined: that is checked here, because it leans on numba's conventions. What it computes is proved by
the tests, and by every digest of every recording.
"""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

os.environ.update(NUMBA_OPT="0", NUMBA_DISABLE_JIT="0")  # before numba is imported

import llvmlite
import llvmlite.binding as llvm
import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from replay.native import kernels

if TYPE_CHECKING:
    from replay.native.rules import Array, Entry, Rules


class Target(NamedTuple):
    """A machine to compile for, in LLVM's words."""

    triple: str
    cpu: str
    features: str = ""


# The oldest x86-64 that gains nothing by being newer, as measured; every machine of the last fifteen years is one.
TARGETS = {
    "x86_64-linux": Target("x86_64-unknown-linux-gnu", "x86-64-v2"),
    "aarch64-linux": Target("aarch64-unknown-linux-gnu", "generic"),
    "wasm32": Target("wasm32-unknown-unknown", "generic", "+bulk-memory"),
}


_SELECTED = "rules_selected"  # the number that `kernels.selected` loads, in libraries that hold changes


def host() -> Target:
    """This machine, as it is sold: no feature that its neighbour could lack."""
    triple = llvm.get_default_triple()
    return next((target for target in TARGETS.values() if target.triple == triple), Target(triple, ""))


@intrinsic  # type: ignore[untyped-decorator]
def word(typing_context: Any, memory: Any, at: Any) -> Any:
    """`replay.native.kernels.word` as one load, wherever it is."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.gep(array.data, [arguments[1]])
        loaded = builder.load(builder.bitcast(place, cgutils.intp_t.as_pointer()))
        loaded.align = 1
        return loaded

    return types.uint64(memory, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def stripes(typing_context: Any, memory: Any, at: Any, count: Any, secret: Any, acc: Any) -> Any:
    """`replay.native.kernels.stripes` on a vector of eight words, which LLVM cuts to what the machine has."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lanes = ir.VectorType(ir.IntType(64), 8)
        half, low = (ir.Constant(lanes, [value] * 8) for value in (32, 0xFFFFFFFF))
        swapped = ir.Constant(ir.VectorType(ir.IntType(32), 8), [lane ^ 1 for lane in range(8)])
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        table = ir.Constant(ir.ArrayType(ir.IntType(8), len(kernels.SECRET)), bytearray(kernels.SECRET))
        keys = builder.bitcast(cgutils.global_constant(builder, ".xxh3.secret", table), data.type)

        def vector(start: Any, offset: Any) -> Any:
            loaded = builder.load(builder.bitcast(builder.gep(start, [offset]), lanes.as_pointer()))
            loaded.align = 1
            return loaded

        place = cgutils.alloca_once(builder, lanes)
        begun: Any = ir.Constant(lanes, ir.Undefined)
        for lane in range(8):
            begun = builder.insert_element(begun, builder.extract_value(arguments[4], lane), ir.Constant(ir.IntType(32), lane))
        builder.store(begun, place)
        with cgutils.for_range(builder, arguments[2], intp=ir.IntType(64)) as loop:
            words = vector(data, builder.add(arguments[1], builder.mul(loop.index, ir.Constant(ir.IntType(64), 64))))
            offset = builder.add(arguments[3], builder.mul(loop.index, ir.Constant(ir.IntType(64), 8)))
            mixed = builder.xor(words, vector(keys, offset))
            product = builder.mul(builder.and_(mixed, low), builder.lshr(mixed, half))
            added = builder.add(product, builder.shuffle_vector(words, words, swapped))
            builder.store(builder.add(builder.load(place), added), place)
        whole = builder.load(place)
        parts = [builder.extract_element(whole, ir.Constant(ir.IntType(32), lane)) for lane in range(8)]
        return context.make_tuple(builder, signature.return_type, parts)

    whole = types.int64
    return types.UniTuple(types.uint64, 8)(memory, whole, whole, whole, types.UniTuple(types.uint64, 8)), generate


@intrinsic  # type: ignore[untyped-decorator]
def selected(typing_context: Any) -> Any:
    """`replay.native.kernels.selected`: a number in the library that its user sets."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.module.globals.get(_SELECTED)
        if place is None:
            place = ir.GlobalVariable(builder.module, ir.IntType(64), _SELECTED)
            place.linkage, place.initializer = "common", ir.Constant(ir.IntType(64), 0)
        return builder.load(place)

    return types.int64(), generate


def compiling(function: Any, **options: Any) -> Any:
    """A kernel for numba. It takes every whole number as int64, but uint64: otherwise there is a version of it for each width."""
    compiled = numba.njit(error_model="numpy", no_cfunc_wrapper=True, **options)(function)
    template_of = compiled.get_call_template

    def get_call_template(args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        return template_of(tuple(_wide(arg) for arg in args), kws)

    compiled.get_call_template = get_call_template
    return compiled


def _wide(kind: Any) -> Any:
    kind = types.unliteral(kind)
    return types.int64 if isinstance(kind, types.Integer) and kind != types.uint64 else kind


def compile_rules(spec: str, target: Target) -> bytes:
    """The object file for the rules that MODULE:ATTR names; its functions are called `rules_` and the entry's name."""
    kernels.compiling, kernels.word, kernels.stripes, kernels.selected = compiling, word, stripes, selected
    module_name, _, attribute = spec.partition(":")
    rules: Rules = getattr(import_module(module_name), attribute)
    _check_sources(rules.kernels)
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(target.triple).create_target_machine(
        cpu=target.cpu,
        features=target.features,
        opt=3,
        reloc="static" if target.triple.startswith("wasm") else "pic",
        codemodel="small",
    )
    texts = [text for name, entry in rules.entries.items() for text in _face_and_body(f"rules_{name}", entry)]
    holds_changes = any(f"@{_SELECTED} " in text for text in texts)
    texts.insert(0, _manifest(rules, target, holds_changes))
    if target.triple.startswith("wasm"):
        texts.append(_MULTIPLY)
    if holds_changes:
        texts.append(f"@{_SELECTED} = global i64 0\n")
    head = f'target datalayout = "{machine.target_data}"\ntarget triple = "{target.triple}"\n'
    module = None
    for text in texts:
        part = llvm.parse_assembly(head + text)
        if module is None:
            module = part
        else:
            module.link_in(part)
    assert module is not None
    return _emitted(module, machine)


def _check_sources(kernels_of: kernels.Kernels) -> None:
    """Raises ValueError if the rules are made of a file that is not among their sources, whose changes would go unnoticed, or hold
    a table that is a view with gaps, whose items compiled code would look for in wrong places."""
    listed = set(kernels_of.files())
    for name, module in list(sys.modules.items()):
        file = Path(getattr(module, "__file__", None) or "/")
        if kernels_of.package in file.parents and file not in listed and file != kernels_of.package / "__init__.py":
            raise ValueError(f"the rules import {name}, and {file.relative_to(kernels_of.package)} is not among their sources")
        tables = vars(module).items() if file in listed else ()
        if gaps := [table for table, value in tables if isinstance(value, np.ndarray) and not value.flags.c_contiguous]:
            raise ValueError(f"{name}.{gaps[0]} is a view with gaps, which no library can hold: numpy.ascontiguousarray(...)")


def _face_and_body(name: str, entry: Entry) -> tuple[str, str]:
    """The entry as C calls it, and as numba compiled it."""
    signature = tuple(types.int64 if each is None else _numba_type(each) for each in entry.arguments)
    compiled: Any = entry.function
    compiled.compile(signature)
    result = compiled.overloads[signature]
    if types.unliteral(result.signature.return_type) not in (types.int64, types.intp):
        raise TypeError(f"the entry {name} returns {result.signature.return_type}, not a whole number of 64 bits")
    return _face(name, result.fndesc.mangled_name, entry), _untied(result.library.get_llvm_str())


def _numba_type(array: Array) -> Any:
    return types.Array(numba.from_dtype(array.dtype), len(array.shape), "C", aligned=False)


def _face(name: str, mangled: str, entry: Entry) -> str:
    """numba takes an array as (owner, parent, items, bytes of one, data, lengths, steps)."""
    taken, lines, given = [], [], ["ptr %result", "ptr %raised"]
    for number, argument in enumerate(entry.arguments):
        if argument is None:
            taken.append(f"i64 %a{number}")
            given.append(f"i64 %a{number}")
            continue
        taken.append(f"ptr %a{number}")
        lengths = []
        for axis, length in enumerate(argument.shape):
            if length is None:
                taken.append(f"i64 %n{number}_{axis}")
            lengths.append(f"%n{number}_{axis}" if length is None else str(length))
        steps: list[str] = []
        step = str(argument.dtype.itemsize)
        for axis in reversed(range(len(lengths))):
            steps.insert(0, step)
            if axis:
                lines.append(f"  %s{number}_{axis} = mul i64 {step}, {lengths[axis]}")
                step = f"%s{number}_{axis}"
        given += ["ptr null", "ptr null", "i64 1", f"i64 {argument.dtype.itemsize}", f"ptr %a{number}"]
        given += [f"i64 {each}" for each in lengths + steps]
    body = "\n".join(lines)
    return f"""define i64 @{name}({", ".join(taken)}) {{
  %result = alloca i64
  %raised = alloca ptr
  store i64 0, ptr %result
{body}
  %status = call i32 @{mangled}({", ".join(given)})
  %value = load i64, ptr %result
  ret i64 %value
}}
declare i32 @{mangled}({", ".join(each.split()[0] for each in given)})
"""


def _manifest(rules: Rules, target: Target, holds_changes: bool) -> str:
    """What the library says of itself: its size in four bytes, and MessagePack."""
    import msgpack

    compiler = f"numba {numba.__version__}, llvmlite {llvmlite.__version__}"
    told = {**rules.manifest(), "target": target.triple, "compiler": compiler}
    packed = msgpack.packb({**told, "changes": True} if holds_changes else told)
    data = len(packed).to_bytes(4, "little") + packed
    text = "".join(f"\\{byte:02x}" for byte in data)
    return f'@rules_manifest = constant [{len(data)} x i8] c"{text}", align 8\n'


def _untied(text: str) -> str:
    """Without what ties the code to Python and to this machine. Arrays are the caller's: nobody counts references."""
    text = re.sub(r"(?m)^target (datalayout|triple).*$", "", text)
    text = re.sub(
        r"(?ms)^define linkonce_odr void @NRT_(incref|decref)\(.*?^\}",
        r"define linkonce_odr void @NRT_\1(ptr %x) alwaysinline {\n ret void\n}",
        text,
    )
    text = re.sub(r"(?ms)^define [^\n]*@_ZN7cpython.*?^\}", "", text)
    text = re.sub(r"(?m)^declare .*llvm\.x86\..*$", "", text)
    text = text.replace(" noinline", "").replace("= common ", "= linkonce_odr ")
    return re.sub(r"(?m)^attributes #(\d+) = \{ *\}", r'attributes #\1 = { "x" }', text)  # an empty group does not parse


def _emitted(module: Any, machine: Any) -> bytes:
    for function in module.functions:
        if not function.is_declaration and not function.name.startswith(("rules_", "__multi3")):
            function.linkage = "internal"
    for value in module.global_variables:
        if not value.is_declaration and value.name not in ("rules_manifest", _SELECTED):
            value.linkage = "internal"
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    for _ in range(2):  # what the first leaves unused, only the second drops
        builder = llvm.create_pass_builder(machine, options)
        builder.getModulePassManager().run(module, builder)
    module.verify()
    left = [each.name for each in module.functions if each.is_declaration and not each.name.startswith("llvm.")]
    left += [each.name for each in module.global_variables if each.is_declaration or "numba.dynamic" in each.name]
    if left:
        raise ValueError(f"a kernel needs {', '.join(left)}, which no library has: kernels allocate nothing and raise nothing")
    return bytes(machine.emit_object(module))


# WebAssembly has no product of 128 bits, and LLVM asks for one where it recognises the long way of writing it.
_MULTIPLY = """define void @__multi3(ptr %out, i64 %a, i64 %ah, i64 %b, i64 %bh) noinline optnone {
  %al = and i64 %a, 4294967295
  %au = lshr i64 %a, 32
  %bl = and i64 %b, 4294967295
  %bu = lshr i64 %b, 32
  %ll = mul i64 %al, %bl
  %hl = mul i64 %au, %bl
  %lh = mul i64 %al, %bu
  %hh = mul i64 %au, %bu
  %t0 = lshr i64 %ll, 32
  %t1 = and i64 %hl, 4294967295
  %t2 = add i64 %t0, %t1
  %cross = add i64 %t2, %lh
  %t3 = lshr i64 %hl, 32
  %t4 = lshr i64 %cross, 32
  %t5 = add i64 %t3, %t4
  %high = add i64 %t5, %hh
  %t6 = shl i64 %cross, 32
  %t7 = and i64 %ll, 4294967295
  %low = or i64 %t6, %t7
  %x1 = mul i64 %ah, %b
  %x2 = mul i64 %a, %bh
  %h2 = add i64 %high, %x1
  %h3 = add i64 %h2, %x2
  store i64 %low, ptr %out
  %place = getelementptr i8, ptr %out, i64 8
  store i64 %h3, ptr %place
  ret void
}
"""


if __name__ == "__main__":
    # Imported again under its own name: what the rules import must be the module that compiles.
    from replay.native import compiler

    target = compiler.host() if sys.argv[2] == "host" else compiler.TARGETS[sys.argv[2]]
    sys.stdout.buffer.write(compiler.compile_rules(sys.argv[1], target))
