"""A pipeline that only notes what it was asked, in the place of what the commands call."""

from types import SimpleNamespace

from report_records import EXPLANATION, FIT, SEARCH, TABLE

FUNCTIONS = (
    "explain_model",
    "fit_table",
    "inspect_table",
    "load_model",
    "load_table",
    "save_model",
    "search_table",
)
"""Functions of `bnfit.api` that have a stand-in."""
SCHEMA = SimpleNamespace(needed=frozenset({"x"}), inputs=(SimpleNamespace(name="x"),), task="regression")
MODEL = SimpleNamespace(schema=SCHEMA)
"""What loading a model gives."""


class Pipeline:
    """Stands in for `FUNCTIONS`; `calls` holds what each was given, `fails` what it raises."""

    def __init__(self, source):
        self.calls, self.fails, self.source = {}, {}, source

    def note(self, name, *args, **kwargs):
        self.calls[name] = (args, kwargs)
        if name in self.fails:
            raise self.fails[name]

    def load_table(self, path, where=None, options=None):
        self.note("load_table", path, where, options)
        return self.source

    def search_table(self, data, target, *, on_plan, on_progress, on_model, journal, **options):
        if on_plan is not None:
            on_plan(600)
        on_progress(0.5)
        on_model("unmeasured model")
        self.note("search_table", data, target, **options)
        return SEARCH, "model"

    def fit_table(self, data, target, *, on_progress, on_model, **options):
        on_progress(1.0)
        on_model("unmeasured model")
        self.note("fit_table", data, target, **options)
        return FIT, "model"

    def inspect_table(self, data, target, *, options):
        self.note("inspect_table", data, target, options)
        return TABLE

    def save_model(self, model, path, *, force=False, keep_rows=True, on_content=None):
        self.note("save_model", model, str(path), force, keep_rows)

    def load_model(self, path, *, trust=False):
        self.note("load_model", path, trust)
        return MODEL

    def explain_model(self, model, data=None, **how):
        self.note("explain_model", model, data, **how)
        return EXPLANATION

    def installed(self):
        """The functions that take the place of the pipeline's, by their full names."""
        return {f"bnfit.api.{name}": getattr(self, name) for name in FUNCTIONS}
