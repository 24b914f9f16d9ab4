"""Print figures of the source's structure: packages, imports, sizes and names. Nothing is imported or run.

    python benchmarks/house.py [CHECKOUT] [--list]

A package is a first-level folder of `bnfit/` or a module in its root; `__init__` and `__main__` of the root count as
neither. Imports under TYPE_CHECKING are left out unless a figure says so, imports inside functions are counted. With
`--list` each figure that counts places is followed by the places.
"""

from __future__ import annotations

import argparse
import ast
import collections
import functools
import re
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ORDER = (
    *("errors", "arrays", "progress", "files", "native_log"),
    *("results", "table", "networks", "evaluation", "schema", "population", "report", "model"),
    *("feature_selection", "importance", "ensemble", "tuning", "api", "sklearn", "study", "cli"),
)
"""Packages, the lowest first: each imports only from those before it."""
FACADE = ("api.py", "api/__init__.py", "pipeline/__init__.py")
"""Modules whose imported names are the facade: its functions may take many parameters, as commands may."""
MODULE_LINES, BODY_LINES, PARAMETERS = 300, 40, 8
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*")

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Graph = Mapping[str, set[str]]


@dataclass(frozen=True)
class Module:
    """A source file.

    Attributes:
        name: dotted, without `bnfit.`; of a package's `__init__` the package; empty for the root's.
        path: relative to the folder `bnfit`.
    """

    name: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def package(self) -> str:
        return self.name.split(".")[0]

    @property
    def is_root_file(self) -> bool:
        return self.name in ("", "__main__")


@dataclass(frozen=True)
class Import:
    """An import of one module of bnfit by another.

    Attributes:
        source, target: names of modules.
        line: its line in the source.
    """

    source: str
    target: str
    line: int

    @property
    def packages(self) -> tuple[str, str]:
        return self.source.split(".")[0], self.target.split(".")[0]


@dataclass(frozen=True)
class Function:
    """A function or method: its place, lines of its body without the docstring, parameters without self and cls."""

    module: Module
    node: FunctionNode
    lines: int
    parameters: int

    @property
    def place(self) -> str:
        return f"{self.module.path}:{self.node.lineno} {self.node.name}"


def read_modules(folder: Path) -> list[Module]:
    """All modules of the package in a folder, by path."""
    modules = []
    for path in sorted(folder.rglob("*.py")):
        relative = path.relative_to(folder)
        parts = relative.with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text()
        modules.append(Module(name, relative, text, ast.parse(text)))
    return modules


def runtime_nodes(tree: ast.AST, inside: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    """Every node that is not under TYPE_CHECKING, and whether it lies in a function."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            for other in child.orelse:
                yield other, inside
                yield from runtime_nodes(other, inside)
            continue
        yield child, inside
        yield from runtime_nodes(child, inside or isinstance(child, FunctionNode | ast.Lambda))


def imports_of(module: Module, names: frozenset[str], typing: bool = False) -> Iterator[Import]:
    """The imports of bnfit's own modules in one of them; with `typing` those under TYPE_CHECKING too."""
    for node in ast.walk(module.tree) if typing else (node for node, _ in runtime_nodes(module.tree)):
        if isinstance(node, ast.Import):
            targets = {alias.name.removeprefix("bnfit.") for alias in node.names if alias.name.startswith("bnfit.")}
        elif isinstance(node, ast.ImportFrom):
            targets = set(_imported_from(module, node, names))
        else:
            continue
        for target in sorted(targets - {module.name}):
            yield Import(module.name, target, node.lineno)


def _imported_from(module: Module, node: ast.ImportFrom, names: frozenset[str]) -> Iterator[str]:
    """The modules that a `from ... import ...` reads: submodules where a name is one, else the module itself."""
    base = node.module or ""
    if node.level:
        parts = module.name.split(".") if module.name else []
        up = node.level - (module.path.name == "__init__.py")
        base = ".".join(["bnfit", *parts[: len(parts) - up], *([node.module] if node.module else [])])
    if base != "bnfit" and not base.startswith("bnfit."):
        return
    base = base.removeprefix("bnfit").removeprefix(".")
    for alias in node.names:
        submodule = f"{base}.{alias.name}".removeprefix(".")
        yield submodule if submodule in names else base


def graph_of(pairs: Iterator[tuple[str, str]]) -> dict[str, set[str]]:
    """The targets of each source; edges from a node to itself are left out."""
    graph: dict[str, set[str]] = collections.defaultdict(set)
    for source, target in pairs:
        if source != target:
            graph[source].add(target)
    return graph


def circles(graph: Graph) -> list[list[str]]:
    """Groups of two or more nodes of which each reaches every other."""
    reach = {node: _reachable(graph, node) for node in graph}
    groups = {frozenset(n for n in reach[node] if node in reach.get(n, ())) for node in graph}
    return sorted(sorted(group) for group in groups if len(group) > 1)


def _reachable(graph: Graph, start: str) -> set[str]:
    seen: set[str] = set()
    rest = [start]
    while rest:
        new = graph.get(rest.pop(), set()) - seen
        seen |= new
        rest.extend(new)
    return seen


def longest_chain(graph: Graph) -> list[str]:
    """The longest chain of imports, the highest first; a circle counts as one node, named by all in it."""
    name = {node: node for source, targets in graph.items() for node in (source, *targets)}
    for circle in circles(graph):
        name |= dict.fromkeys(circle, "=".join(circle))
    merged = graph_of((name[source], name[target]) for source, targets in graph.items() for target in targets)

    @functools.cache
    def chain(node: str) -> tuple[str, ...]:
        below = [chain(target) for target in sorted(merged.get(node, ()))]
        return (node, *max(below, key=len, default=()))

    return list(max((chain(node) for node in sorted(merged)), key=len, default=()))


def functions_of(module: Module) -> Iterator[Function]:
    """Every function and method, nested ones too."""
    for node in ast.walk(module.tree):
        if isinstance(node, FunctionNode):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            yield Function(module, node, lines, _parameters(node.args))


def _parameters(arguments: ast.arguments) -> int:
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    more = len(arguments.kwonlyargs) + (arguments.vararg is not None) + (arguments.kwarg is not None)
    return len(names) - (names[:1] in (["self"], ["cls"])) + more


def docstrings(module: Module) -> Iterator[ast.Constant]:
    """The strings that stand alone: docstrings, and the texts below constants."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value


def flag_lines(module: Module) -> list[int]:
    """Lines of strings, docstrings aside, that name a flag of the command line."""
    alone = set(map(id, docstrings(module)))
    source = module.text.splitlines()
    return sorted(
        {
            line
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone
            if FLAG.search(node.value)
            for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
            if FLAG.search(source[line - 1])
        }
    )


def facade_names(modules: list[Module]) -> set[str]:
    """The functions of the facade: what its modules define or import."""
    names = set()
    for module in modules:
        if module.path.as_posix() in FACADE:
            nodes = [node for node in ast.walk(module.tree) if isinstance(node, ast.ImportFrom)]
            names |= {alias.name for node in nodes for alias in node.names}
            names |= {node.name for node in module.tree.body if isinstance(node, FunctionNode)}
    return names


def upward(imports: list[Import]) -> list[str]:
    """Imports against the order of packages; those from or to a package outside the order are left out."""
    level = {name: i for i, name in enumerate(ORDER)}
    found = []
    for i in imports:
        source, target = i.packages
        if source in level and target in level and level[source] < level[target]:
            found.append(f"{i.source}:{i.line} imports {i.target}")
    return found


Figures = list[tuple[str, object, list[str]]]


def import_figures(modules: list[Module]) -> Figures:
    """Figures of the packages and of what they import."""
    names = frozenset(module.name for module in modules if not module.is_root_file)
    imports = [i for m in modules if not m.is_root_file for i in imports_of(m, names) if i.target in names]
    packages = graph_of(i.packages for i in imports)
    chain = longest_chain(packages)
    root = [str(m.path) for m in modules if len(m.path.parts) == 1 and not m.is_root_file]
    rings = [" ".join(circle) for circle in circles(packages)]
    graph = graph_of((i.source, i.target) for i in imports)
    module_chain, module_rings = longest_chain(graph), [" ".join(circle) for circle in circles(graph)]
    typed = [i for m in modules if not m.is_root_file for i in imports_of(m, names, typing=True) if i.target in names]
    typed_rings = [" ".join(circle) for circle in circles(graph_of((i.source, i.target) for i in typed))]
    unknown = sorted({m.package for m in modules if not m.is_root_file and m.package not in ORDER})
    inner = [
        f"{m.path}:{node.lineno} {ast.unparse(node)}"
        for m in modules
        for node, inside in runtime_nodes(m.tree)
        if inside and isinstance(node, ast.Import | ast.ImportFrom)
    ]
    return [
        ("modules in the root", len(root), root),
        ("longest chain of package imports", len(chain), [" > ".join(chain)]),
        ("longest chain of module imports", len(module_chain), [" > ".join(module_chain)]),
        ("circles of packages", len(rings), rings),
        ("circles of modules", len(module_rings), module_rings),
        ("circles of modules with imports under TYPE_CHECKING", len(typed_rings), typed_rings),
        ("imports upward in the order of packages", len(upward(imports)), upward(imports)),
        ("packages that the order does not name", len(unknown), unknown),
        ("imports inside functions", len(inner), inner),
    ]


def size_figures(modules: list[Module]) -> Figures:
    """Figures of the sizes of modules and functions."""
    functions = [function for module in modules for function in functions_of(module)]
    bodies = sorted(f.lines for f in functions)
    long = [f"{m.path} {n}" for m in modules if (n := len(m.text.splitlines())) > MODULE_LINES]
    facade = facade_names(modules)
    tall = [f"{f.place} {f.lines}" for f in functions if f.lines > BODY_LINES]
    wide = [
        f"{f.place} {f.parameters}"
        for f in functions
        if f.parameters > PARAMETERS and f.module.package != "cli" and f.node.name not in facade
    ]
    return [
        ("modules", len(modules), []),
        (f"modules over {MODULE_LINES} lines", len(long), long),
        ("functions", len(functions), []),
        ("median of function bodies, lines", f"{statistics.median(bodies):g}", []),
        ("90th percentile of function bodies, lines", bodies[int(0.9 * (len(bodies) - 1))], []),
        (f"function bodies over {BODY_LINES} lines", len(tall), tall),
        (f"functions of over {PARAMETERS} parameters, cli and facade aside", len(wide), wide),
    ]


def name_figures(modules: list[Module]) -> Figures:
    """Figures of names and words."""
    files: dict[str, list[str]] = collections.defaultdict(list)
    for module in modules:
        files[module.path.name].append(str(module.path))
    twice = [f"{name}: {' '.join(paths)}" for name, paths in files.items() if len(paths) > 1 and name != "__init__.py"]
    flags = [f"{m.path}:{line}" for m in modules if m.package != "cli" for line in flag_lines(m)]
    opening = {
        word: [
            f"{m.path}:{text.lineno} {text.value.strip().splitlines()[0]}"
            for m in modules
            for text in docstrings(m)
            if re.match(rf"{word}\b", text.value.strip())
        ]
        for word in ("What", "How")
    }
    return [
        ("file names that occur twice or more", len(twice), twice),
        *((f'docstrings that open with "{word}"', len(places), places) for word, places in opening.items()),
        ("lines outside cli with a string that names a flag", len(flags), flags),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", nargs="?", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--list", action="store_true", help="name the places too")
    options = parser.parse_args()
    if not (options.checkout / "bnfit" / "__init__.py").is_file():
        parser.error(f"no checkout of bnfit: {options.checkout}")
    modules = read_modules(options.checkout / "bnfit")
    for name, value, places in (*import_figures(modules), *size_figures(modules), *name_figures(modules)):
        print(f"{value:>6}  {name}")
        for place in places if options.list else ():
            print(f"        {place}")


if __name__ == "__main__":
    main()
