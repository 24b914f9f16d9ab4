"""TensorFlow, loaded without the lines that its C++ code writes to stderr meanwhile. Import it from here."""

from __future__ import annotations

from contextlib import nullcontext

from bnfit.address_space import TENSORFLOW, require
from bnfit.native_log import is_wanted, silenced

require(TENSORFLOW, "training")
with nullcontext() if is_wanted() else silenced():
    import tensorflow as tf

__all__ = ["tf"]
