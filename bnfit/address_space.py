"""The limit on this process's memory, such as `ulimit -v` sets, told before a library ends the process over it."""

from __future__ import annotations

import resource

from bnfit.errors import BnfitError

TABLES, TENSORFLOW = 1.0, 5.0
"""GB of address space that reading tables takes, and training: libraries map far more than they use, and some of them
crash where they cannot."""


def limit() -> float | None:
    """Return the most GB of address space that this process may have; None without a limit."""
    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if most == resource.RLIM_INFINITY else most / (1 << 30)


def require(gigabytes: float, what: str) -> None:
    """Check that the process may have so much address space.

    Args:
        gigabytes: that are needed.
        what: needs them.

    Raises:
        BnfitError: a limit forbids it.
    """
    most = limit()
    if most is not None and most < gigabytes:
        raise BnfitError(
            f"{what} takes {gigabytes:g} GB of address space, and this process may have {most:.2g} GB",
            "raise the limit: ulimit -v unlimited",
        )
