"""Versions of what a result depends on."""

from __future__ import annotations

from importlib import metadata
from platform import python_version

from bnfit import __version__


def installed_versions() -> dict[str, str | None]:
    """Look up the versions of bnfit, Python and what a result depends on, without importing them; None where absent."""
    versions: dict[str, str | None] = {"bnfit": __version__, "python": python_version()}
    for name in ("keras", "tensorflow", "numpy"):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = None
    return versions
