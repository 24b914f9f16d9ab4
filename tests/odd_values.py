"""JSON values that no model file should hold, and where they can be put."""

ODD = (None, True, -1, 0, 3, 10**30, 1e308, "", "x", [], {}, [None], [[1]], {"config": {}}, [10**6, 10**6], 0.5)


def nodes(value):
    """Every container of a JSON value, each with one of its keys."""
    for key in value if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from nodes(value[key])
