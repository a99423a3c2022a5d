"""Imported first, it has kernels compiled one by one, with bounds checks; they are then called as the interpreter's are."""

from __future__ import annotations

from functools import partial

from replay.native import compiler, kernels

kernels.compiling = partial(compiler.compiling, boundscheck=True)
kernels.word, kernels.stripes = compiler.word, compiler.stripes
