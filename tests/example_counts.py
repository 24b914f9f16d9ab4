"""How many examples Hypothesis draws for a property."""

from hypothesis import settings

TIMES = settings.default.max_examples // settings.get_profile("test").max_examples
"""1 in `make test`, more in a profile with more examples."""


def examples(count, **how):
    """Settings of a property that draws this many examples in `make test`, and more in `make torture`."""
    return settings(max_examples=count * TIMES, **how)
