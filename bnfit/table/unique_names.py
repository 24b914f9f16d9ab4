"""Column names: text, unique, none empty."""

from __future__ import annotations

from collections.abc import Sequence

from bnfit.errors import listed


def unique_names(raw: Sequence[str | None]) -> tuple[list[str], list[str]]:
    """Make the cells of a header row usable as column names.

    Returns:
        The names (trimmed; `column_3` for an empty third one; `age_2` for the second `age`) and a note for each
        change that a user would want to know of.
    """
    names: list[str] = []
    notes: list[str] = []
    cleaned = [" ".join((text or "").split()) for text in raw]
    taken = set(cleaned)
    seen: set[str] = set()
    empty: list[str] = []
    for number, name in enumerate(cleaned, start=1):
        if not name:
            chosen = _free(f"column_{number}", seen | taken) if f"column_{number}" in taken else f"column_{number}"
            empty.append(chosen)
        elif name in seen:
            chosen = _free(name, seen | taken)
            notes.append(f"column {number}, a second '{name}', is called '{chosen}'")
        else:
            chosen = name
        seen.add(chosen)
        names.append(chosen)
    if empty:
        shown = listed([f"'{name}'" for name in empty], 3)
        notes.append(f"{len(empty)} column{'s' if len(empty) > 1 else ''} without a name: called {shown}")
    return names, notes


def _free(name: str, taken: set[str]) -> str:
    """The first of name_2, name_3, … that is not taken."""
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"
