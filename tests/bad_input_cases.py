"""The bad input that `test_bad_input.py` runs: a file or what makes it, the command, what must come of it."""

# ruff: noqa: E501 (one case a line)

import bz2
import gzip
import io
import lzma
import os
import socket
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

MODEL = Path("good.keras")
DRY, FIT, PREDICT, EXPLAIN, AS_MODEL, PLAIN = "dry run", "fit", "predict", "explain", "as a model", "plain"
"""`fit --dry-run`, `fit`, `predict` and `explain` of data.csv, `predict` with data.csv for a model, the words alone."""

GOOD = "x,kind,y\n" + "".join(f"{i * 1.5},{'abc'[i % 3]},{i % 7 + i / 10}\n" for i in range(40))


def swap(line, text):
    """The good table with another line, counted from 1."""
    lines = GOOD.splitlines()
    lines[line - 1] = text
    return "\n".join(lines) + "\n"


def target(values):
    """A table with this target."""
    return "x,kind,y\n" + "".join(f"{i * 1.5},{'abc'[i % 3]},{value}\n" for i, value in enumerate(values))


def column(values):
    """A table with this first column."""
    return "x,kind,y\n" + "".join(f"{value},{'abc'[i % 3]},{i % 7 + i / 10}\n" for i, value in enumerate(values))


def zipped(*names):
    """A zip of the good table under these names."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, GOOD)
    return file.getvalue()


def parquet(columns):
    file = io.BytesIO()
    pd.DataFrame(columns).to_parquet(file)
    return file.getvalue()


def wide(path):
    """Ten thousand columns."""
    rows = [",".join(map(str, range(k, 10_000 + k))) + f",{k}\n" for k in range(5)]
    path.write_text(",".join(f"c{i}" for i in range(10_000)) + ",y\n" + "".join(rows))


def bind(path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def model_bytes(change):
    """Makes the good model's file with other bytes."""
    return lambda path: path.write_bytes(change(MODEL.read_bytes()))


def flipped(data):
    return data[:3000] + bytes([data[3000] ^ 255]) + data[3001:]


def model_without(*names, **changed):
    """Makes the good model's file without some of its parts, or with other ones (by the name up to the point)."""

    def make(path):
        with zipfile.ZipFile(MODEL) as good, zipfile.ZipFile(path, "w") as archive:
            for name in good.namelist():
                if name not in names:
                    change = changed.get(name.partition(".")[0], bytes)
                    archive.writestr(name, change if isinstance(change, bytes) else change(good.read(name)))

    return make


def later(document):
    return document.replace(b'"format": 2', b'"format": 99')


def earlier(document):
    return document.replace(b'"format": 2', b'"format": 1')


_NOISE = np.random.default_rng(0).integers(0, 10**9, 20_000)
BIG_GZ = gzip.compress(("x,kind,y\n" + "".join(f"{n},a,{i}\n" for i, n in enumerate(_NOISE))).encode(), mtime=0)

# name: (exit code, words on stderr or stdout, command, content or what makes the file, further words)
CASES = {
    "utf-8 with mark": (0, "40 rows", DRY, "\ufeff"+GOOD, []),
    "utf-16 with mark": (0, "40 rows", DRY, GOOD.encode("utf-16"), []),
    "utf-16-le without mark": (0, "40 rows", DRY, GOOD.encode("utf-16-le"), []),
    "utf-16-be without mark": (0, "40 rows", DRY, GOOD.encode("utf-16-be"), []),
    "utf-32": (0, "40 rows", DRY, GOOD.encode("utf-32"), []),
    "latin-1": (0, "40 rows", DRY, GOOD.replace("a,","ä,").encode("latin-1"), []),
    "windows-1252": (0, "40 rows", DRY, GOOD.replace("a,","“ä”,").encode("cp1252"), []),
    "utf-8 cut in a character": (0, "rejected: data.csv, line 42, column 3: 2 cells instead of 3", DRY, GOOD.encode()+"1,ä,2".encode()[:3], []),
    "one wrong byte": (0, "Windows-1252: 1", DRY, GOOD.replace("b,","ü,").encode()+b"1,caf\xe9,3\n", []),
    "stated utf-8, is latin-1": (3, "'data.csv' is not utf-8: 'utf-8'", DRY, GOOD.replace("a,","ä,").encode("latin-1"), ["--csv", "encoding=utf-8"]),
    "stated ascii, is utf-8": (3, "'data.csv' is not ascii: 'ascii'", DRY, GOOD.replace("a,","ä,"), ["--csv", "encoding=ascii"]),
    "unknown encoding": (2, "unknown encoding 'utf-9'", DRY, GOOD, ["--csv", "encoding=utf-9"]),
    "no text encoding": (2, "unknown encoding 'rot13'", DRY, GOOD, ["--csv", "encoding=rot13"]),
    "stated utf-16, is utf-8": (3, "'data.csv' is not utf-16: ", DRY, GOOD, ["--csv", "encoding=utf-16"]),
    "empty encoding": (2, "unknown encoding ''", DRY, GOOD, ["--csv", "encoding="]),
    "nul in a cell": (0, "NUL characters left out: 2", DRY, GOOD.replace("3.0","3\0.0"), []),
    "nothing but nul": (3, "'data.csv' holds nothing but NUL bytes", DRY, b"\0"*5000, []),
    "random bytes": (3, "'data.csv' is not a text file", DRY, bytes(range(256))*30, []),
    "png": (3, "'data.csv' is not a text file", DRY, b"\x89PNG\r\n\x1a\n"+bytes(range(256))*8, []),
    "pdf": (3, "'data.csv' is not a text file", DRY, b"%PDF-1.7\n"+bytes(range(256))*8, []),
    "escape codes in a cell": (3, "column 'x' holds text: '\\x1b[31mred' in line 5 of data.csv", DRY, swap(5,"\x1b[31mred,a,1"), []),
    "old excel": (3, "'data.csv' is not a text file", DRY, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"+bytes(3000), []),
    "excel": (3, "'data.csv' is an Office file, not a text", DRY, zipped("[Content_Types].xml","xl/workbook.xml"), []),
    "zip of two": (3, "'data.csv' holds 2 files, not one: a.csv, b.csv", DRY, zipped("a.csv","b.csv"), []),
    "empty zip": (3, "'data.csv' is a zip without a file in it", DRY, zipped(), []),
    "zip of one": (0, "40 rows", DRY, zipped("a.csv"), []),
    "html": (3, "'data.csv' is a web page or XML, not a table", DRY, "<!DOCTYPE html><html><body>404</body></html>", []),
    "json": (3, "'data.csv' is JSON, not a table", DRY, '[{"x": 1, "y": 2}]', []),
    "json lines": (3, "'data.csv' is JSON, not a table", DRY, '{"x": 1}\n{"x": 2}\n', []),
    "xml": (3, "'data.csv' is a web page or XML, not a table", DRY, "<?xml version='1.0'?>\n<a><b/></a>\n", []),
    "git lfs pointer": (2, "column 'y' not found in data.csv", DRY, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", []),
    "unclosed quote at the end": (0, "rows with a stray quote, which was read as part of a cell: 1", DRY, GOOD+'1,"a,2\n', []),
    "unclosed quote at the start": (3, "column 'x' holds text: '\"0' in line 2 of data.csv", DRY, swap(2,'"0,a,1'), []),
    "unclosed quote in the header": (0, '"x      number', DRY, swap(1,'"x,kind,y'), []),
    "lone quote": (3, "'data.csv' has no rows of data", DRY, '"', []),
    "text after a quote": (3, "column 'x' holds text: '\"3\"x' in line 5 of data.csv", DRY, swap(5,'"3"x,a,2'), []),
    "line break in a cell": (0, "1 rare one pooled", DRY, swap(5,'3,"a\nb",2'), []),
    "apostrophes": (0, "3 levels", DRY, GOOD.replace("a,","'a, b',"), []),
    "quote is the delimiter": (2, "quote ',': one character that is not the delimiter is needed, or nothing", DRY, GOOD, ["--csv", "quote=,", "--csv", "delimiter=,"]),
    "two quotes": (2, "--csv quote takes one character, not '\"\"'", DRY, GOOD, ["--csv", 'quote=""']),
    "three stray quotes": (0, "rows with a stray quote, which was read as part of a cell: 3", DRY, GOOD.replace(",a,",',"a,',3), []),
    "a short row": (0, "rejected: data.csv, line 42, column 3: 2 cells instead of 3", DRY, GOOD+"1,a\n", []),
    "two short rows": (3, "2 of 42 rows do not fit the table: data.csv, line 42, column 3: 2 cells instead of 3;", DRY, GOOD+"1,a\n2,b\n", []),
    "two short rows allowed": (0, "rejected: data.csv, line 43, column 3: 2 cells instead of 3", DRY, GOOD+"1,a\n2,b\n", ["--max-bad-rows", "0.1"]),
    "a short row forbidden": (3, "1 of 41 rows do not fit the table: data.csv, line 42, column 3: 2 cells instead of 3", DRY, GOOD+"1,a\n", ["--max-bad-rows", "0"]),
    "long rows": (3, "2 of 42 rows do not fit the table: data.csv, line 42, column 4: 4 cells instead of 3;", DRY, GOOD+"1,a,2,3\n2,b,3,4\n", []),
    "delimiter after every row": (0, "40 rows", DRY, GOOD.replace("\n",",\n"), []),
    "all rows longer than the header": (3, "data.csv, line 1: the header has 2 names but the rows have 3 cells", DRY, swap(1,"x,kind"), []),
    "all rows shorter than the header": (0, "line 1 names 4 columns, the rows have 3 cells: 'z' left empty", DRY, swap(1,"x,kind,y,z"), []),
    "blank lines between": (0, "40 rows", DRY, GOOD.replace("\n","\n\n"), []),
    "no line break at the end": (0, "40 rows", DRY, GOOD.rstrip(), []),
    "preamble": (0, "3 lines above the table left out", DRY, "Report\nof May\n\n"+GOOD, []),
    "footer": (3, "column 'x' holds text: 'Total' in line 43 of data.csv", DRY, GOOD+"\nTotal,,99\n", []),
    "two tables": (3, "4 of 44 rows do not fit the table: data.csv, line 43, column 3: 2 cells instead of 3;", DRY, GOOD+"\na,b\n1,2\n3,4\n5,6\n", []),
    "two tables, other widths": (3, "21 of 61 rows do not fit the table: data.csv, line 43, column 4: 4 cells instead of 3;", DRY, GOOD+"\na,b,c,d\n"+"1,2,3,4\n"*20, []),
    "header again": (0, "rejected: data.csv, line 42: the header once more", DRY, GOOD+GOOD, []),
    "mixed line breaks": (0, "40 rows", DRY, GOOD.replace("\n","\r\n",10), []),
    "old mac": (0, "40 rows", DRY, GOOD.replace("\n","\r"), []),
    "mixed delimiters": (2, "column 'y' not found in data.csv", DRY, GOOD.replace(",",";",9), []),
    "other delimiter than stated": (2, "column 'y' not found in data.csv", DRY, GOOD, ["--csv", "delimiter=;"]),
    "long delimiter": (2, "--csv delimiter takes one character, not '::'", DRY, GOOD, ["--csv", "delimiter=::"]),
    "delimiter is a letter": (0, "3 levels", DRY, GOOD.replace(",","q"), ["--csv", "delimiter=q"]),
    "empty delimiter": (2, "--csv delimiter takes one character, not ''", DRY, GOOD, ["--csv", "delimiter="]),
    "duplicate names": (0, "column 2, a second 'kind', is called 'kind_2'", DRY, GOOD.replace("x,kind","kind,kind"), []),
    "duplicate target": (0, "column 3, a second 'y', is called 'y_2'", DRY, GOOD.replace("x,kind,y","x,y,y"), []),
    "empty name": (0, "without a name: called 'column_2'", DRY, GOOD.replace("kind",""), []),
    "all names empty": (2, "column 'y' not found in data.csv", DRY, swap(1,",,"), []),
    "name with line break": (0, "x mm", DRY, swap(1,'"x\nmm",kind,y'), []),
    "names with spaces": (0, "40 rows", DRY, swap(1," x , kind , y "), []),
    "numbers as names": (0, "regression of y", DRY, swap(1,"1,2,y"), []),
    "numbers as names, and no target among them": (2, "column 'y' not found in data.csv", DRY, swap(1,"1,2,3"), []),
    "no header, stated": (2, "column 'y' not found in data.csv", DRY, GOOD.split("\n",1)[1], ["--csv", "header=no"]),
    "no header": (2, "column 'y' not found in data.csv", DRY, GOOD.split("\n",1)[1], []),
    "target in other case": (2, "column 'y' not found in data.csv; did you mean 'Y'?", DRY, GOOD.replace("y\n","Y\n",1), []),
    "very long name": (0, "40 rows", DRY, GOOD.replace("kind","k"*100_000), []),
    "nothing": (3, "'data.csv' is empty", DRY, "", []),
    "blank lines": (3, "'data.csv' is empty", DRY, "\n\n\n", []),
    "spaces": (3, "'data.csv' is empty", DRY, "   \n  \n", []),
    "mark only": (3, "'data.csv' is empty", DRY, b"\xef\xbb\xbf", []),
    "header only": (3, "'data.csv' has no rows of data", DRY, "x,kind,y\n", []),
    "one cell": (2, "column 'y' not found in data.csv", DRY, "5", []),
    "one row": (3, "target 'y' is 2 in every row: nothing to predict", DRY, "x,kind,y\n1,a,2\n", []),
    "two rows": (0, "2 different texts in 2 cells", DRY, "x,kind,y\n1,a,2\n2,b,3\n", []),
    "one column": (3, "no column is left to learn from", DRY, "y\n"+"".join(f"{i}\n" for i in range(30)), []),
    "target is all there is": (3, "no column is left to learn from", DRY, "y,z\n"+"".join(f"{i},1\n" for i in range(30)), []),
    "few rows for the folds": (3, "3 rows: too few to train and to judge a network", FIT, target([1,2,3]), []),
    "folds beyond rows": (3, "40 rows are too few for 30 folds", FIT, GOOD, ["--folds", "30"]),
    "10,000 columns": (0, "c9999", DRY, wide, ["--json"]),
    "a cell of a million characters": (0, "1 rare one pooled", DRY, swap(5,"3,"+"z"*1_000_000+",1"), []),
    "100,000 levels": (0, "20003 different texts", DRY, target(range(100))+"".join(f"1,k{i},2\n" for i in range(20000)), []),
    "all missing": (3, "target 'y' has no value in any row: nothing to predict", DRY, target([""]*30), []),
    "column all missing": (0, "no value in any row", DRY, column([""]*30), []),
    "every cell missing": (3, "target 'y' has no value in any row: nothing to predict", DRY, "x,kind,y\n"+",,\n"*30, []),
    "missing codes": (0, "read as missing: '-' in 'x' (6), '?' in 'x' (6), 'n/a' in 'x' (6)", DRY, column(["-","?","n/a","1","2","3"]*6), []),
    "inf": (3, "column 'x' holds 'inf' in line 4 of data.csv: no finite 64-bit number", DRY, column([1,2,"inf",3,4]*6), []),
    "-Infinity": (3, "column 'x' holds '-Infinity' in line 4 of data.csv: no finite 64-bit number", DRY, column([1,2,"-Infinity",3]*6), []),
    "beyond float64": (3, "column 'x' holds '1e400' in line 4 of data.csv: no finite 64-bit number", DRY, column([1,2,"1e400",3]*6), []),
    "beyond float64 in digits": (3, "column 'x' holds '999999999999999999999999999999999999999…' in line 4 of data.csv: no", DRY, column([1,2,"9"*400,3]*6), []),
    "tiny numbers": (0, "number    input   number", DRY, column([f"{i+1}e-320" for i in range(30)]), []),
    "huge numbers": (3, "column 'x' holds '1e307' in line 2 of data.csv: its square is no finite", DRY, column([f"{i+1}e307" for i in range(17)]*2), []),
    "huge numbers that can be squared": (0, "number    input   number", DRY, column([f"{i+1}e148" for i in range(9)]*3), []),
    "a huge number": (3, "column 'x' holds '-1e300' in line 4 of data.csv: its square is no finite", DRY, column([1,2,"-1e300",3,4]*6), []),
    "a huge target": (3, "column 'y' holds '1e300' in line 4 of data.csv: its square is no finite", DRY, target([1,2,"1e300",3]*8), []),
    "inf in the target": (3, "column 'y' holds 'inf' in line 4 of data.csv: no finite 64-bit number", DRY, target([1,2,"inf",3]*8), []),
    "nan in the target": (0, "8 rows without a value of 'y'", DRY, target([1,2,"nan",3]*8), []),
    "beyond float64 in the target": (3, "column 'y' holds '-1e999' in line 4 of data.csv: no finite 64-bit number", DRY, target([1,2,"-1e999",3]*8), []),
    "target of one value": (3, "target 'y' is 5 in every row: nothing to predict", DRY, target([5]*30), []),
    "target of one class": (3, "target 'y' is a in every row: nothing to predict", DRY, target(["a"]*30), []),
    "target of one value and gaps": (3, "target 'y' is 5 in every row: nothing to predict", DRY, target(["",5]*15), []),
    "a class with one row": (0, "class 'c' of 'y' with one row", DRY, target(["a","b"]*15+["c"]), []),
    "a class for each row": (3, "target 'y' has 30 different values in 30 rows: too many for classes", DRY, target([f"k{i}" for i in range(30)]), []),
    "target is a date": (3, "target 'y' holds dates, which cannot be predicted", DRY, target([f"2020-01-{i+1:02}" for i in range(30)]), []),
    "target mostly numbers": (3, "column 'y' holds text: 'oops' in line 31 of data.csv", DRY, target([*range(29),"oops"]), []),
    "target stated a date": (2, "the target 'y' cannot be of type datetime", DRY, GOOD, ["--types", "y=datetime"]),
    "numbers as classes": (3, "target 'y' has 40 different values in 40 rows: too many for classes", DRY, GOOD, ["--task", "classification"]),
    "classes as numbers": (3, "column 'kind' holds text: 'a' in line 2 of data.csv (and 39 more)", DRY, GOOD, ["--target", "kind", "--task", "regression"]),
    "text among numbers": (3, "column 'x' holds text: 'oops' in line 32 of data.csv", DRY, column([*range(30),"oops"]), []),
    "marks among numbers": (3, "column 'x' holds text: '<0.5' in line 2 of data.csv", DRY, column(["<0.5",*range(30)]), []),
    "decimal commas": (0, "decimal comma", DRY, GOOD.replace(",",";").replace(".",","), []),
    "ambiguous thousands": (0, "',' between thousands", DRY, column([f'"{i+1},{i:03}"' for i in range(30)]), []),
    "constant columns": (0, "'7' in every row", DRY, column([7]*30), []),
    "ids only": (3, "no column is left to learn from", DRY, "id,y\n"+"".join(f"{i},{i%5}\n" for i in range(30)), []),
    "numbers of other scripts": (0, "category  input   3 levels", DRY, column(["١","٢","٣"]*10), []),
    "underscores in numbers": (0, "category  input   3 levels", DRY, column(["1_0","2_0","3_0"]*10), []),
    "hexadecimal": (0, "category  input   3 levels", DRY, column(["0x10","0x20","0x30"]*10), []),
    "leaks": (0, "column 'x' gives the target away", DRY, target([i*1.5 for i in range(30)]), []),
    "unknown target": (2, "column 'z' not found in data.csv", DRY, GOOD, ["--target", "z"]),
    "near target": (2, "column 'knd' not found in data.csv; did you mean 'kind'?", DRY, GOOD, ["--target", "knd"]),
    "empty target": (2, "column '' not found in data.csv", DRY, GOOD, ["--target", ""]),
    "unknown feature": (2, "column 'xx' not found in data.csv; did you mean 'x'?", DRY, GOOD, ["--features", "xx"]),
    "target as feature": (2, "column 'y' is asked for in two uses", DRY, GOOD, ["--features", "y"]),
    "everything dropped": (3, "no column is left to learn from", DRY, GOOD, ["--drop", "x,kind"]),
    "unknown drop": (2, "column 'knd' not found in data.csv; did you mean 'kind'?", DRY, GOOD, ["--drop", "knd"]),
    "unknown type": (2, "unknown kind 'float'", DRY, GOOD, ["--types", "x=float"]),
    "type of unknown column": (2, "column 'z' not found in data.csv", DRY, GOOD, ["--types", "z=number"]),
    "types without a kind": (2, "--types: 'x' does not say which kind", DRY, GOOD, ["--types", "x"]),
    "kind that does not fit": (3, "column 'kind' holds text: 'a' in line 2 of data.csv (and 39 more)", DRY, GOOD, ["--types", "kind=number"]),
    "dates that are none": (3, "column 'kind' is stated to be datetime, but its cells are not, such as 'a'", DRY, GOOD, ["--types", "kind=datetime"]),
    "booleans that are none": (3, "column 'kind' holds 'a' in line 2 of data.csv: neither yes nor no", DRY, GOOD, ["--types", "kind=boolean"]),
    "unknown task": (2, "unknown task 'ranking'", DRY, GOOD, ["--task", "ranking"]),
    "condition for no row": (3, "no row of data.csv satisfies 'x > 1e9'", DRY, GOOD, ["--where", "x > 1e9"]),
    "condition that is none": (2, "cannot read the condition 'x >': invalid syntax", DRY, GOOD, ["--where", "x >"]),
    "condition with a call": (2, "cannot use '__import__('os').system('ls')' in the condition", DRY, GOOD, ["--where", "__import__('os').system('ls')"]),
    "condition on an unknown column": (2, "column 'z' not found in data.csv", DRY, GOOD, ["--where", "z > 1"]),
    "condition on text as a number": (2, "column 'kind' holds text and cannot be compared with 1, a number", DRY, GOOD, ["--where", "kind > 1"]),
    "weights below zero": (3, "column 'kind' holds text: 'a' in line 2 of data.csv (and 39 more)", DRY, GOOD, ["--weight", "kind"]),
    "unknown weight": (2, "column 'w' not found in data.csv", DRY, GOOD, ["--weight", "w"]),
    "unknown group": (2, "column 'g' not found in data.csv", DRY, GOOD, ["--group", "g"]),
    "unknown time": (2, "column 't' not found in data.csv", DRY, GOOD, ["--time", "t"]),
    "time that is text": (3, "column 'kind' holds text: 'a' in line 2 of data.csv (and 39 more)", DRY, GOOD, ["--time", "kind"]),
    "weights negative": (3, "weight column 'x' has a negative value in line 2 of data.csv", FIT, column([-1,*range(29)]), ["--weight", "x"]),
    "all weights zero": (3, "weight column 'x' is 0 in every row", FIT, column([0]*30), ["--weight", "x"]),
    "one group": (3, "1 group: too few to train and to judge a network", FIT, column([1]*30), ["--group", "x"]),
    "two roles": (2, "one column cannot be weight, group and time at once", DRY, GOOD, ["--weight", "x", "--group", "x"]),
    "class weight for numbers": (2, "class weights need classes, and 'y' is a number", FIT, GOOD, ["--recipe", "class-weight=balanced"]),
    "unknown class weight": (2, "unknown class weight 'equal'", FIT, GOOD, ["--recipe", "class-weight=equal"]),
    "target as weight": (2, "column 'y' is asked for in two uses", DRY, GOOD, ["--weight", "y"]),
    "decimal x": (2, "--csv decimal takes '.' or ',', not 'x'", DRY, GOOD, ["--csv", "decimal=x"]),
    "share of bad rows above 1": (2, "invalid value for '--max-bad-rows': Input should be less than or equal to 1", DRY, GOOD, ["--max-bad-rows", "2"]),
    "share of bad rows no number": (2, "invalid value for '--max-bad-rows': Input should be a valid number, unable to parse", DRY, GOOD, ["--max-bad-rows", "few"]),
    "na stated": (0, "1 missing: the mean", DRY, column([-999,*range(29)]), ["--na", "-999"]),
    "sigmoid for classes": (2, "output activation linear does not make probabilities, and the target is a class", FIT, target(["a","b"]*15), ["--output-activation", "linear"]),
    "truncated gz": (3, "'data.csv' is truncated or damaged: Compressed file ended before the end-of-stream marker", DRY, BIG_GZ[:len(BIG_GZ)//2], []),
    "gz cut in its head": (3, "'data.csv' is truncated or damaged: Compressed file ended before the end-of-stream marker", DRY, BIG_GZ[:5], []),
    "damaged gz": (3, "'data.csv' is truncated or damaged: CRC check failed", DRY, BIG_GZ[:2000]+b"XXXX"+BIG_GZ[2004:], []),
    "gz with rubbish behind": (3, "'data.csv' is truncated or damaged: Not a gzipped file (b'ru')", DRY, gzip.compress(GOOD.encode(),mtime=0)+b"rubbish", []),
    "truncated bz2": (3, "'data.csv' is truncated or damaged: Compressed file ended before the end-of-stream marker", DRY, bz2.compress(GOOD.encode())[:60], []),
    "truncated xz": (3, "'data.csv' is truncated or damaged: Compressed file ended before the end-of-stream marker", DRY, lzma.compress(GOOD.encode())[:60], []),
    "truncated parquet": (3, "'data.csv' is damaged or no table: Parquet magic bytes not found in footer. Either the", DRY, parquet({"x":range(30),"y":range(30)})[:300], []),
    "parquet without rows": (3, "'data.csv' has no rows of data", DRY, parquet({"x":np.zeros(0),"y":np.zeros(0)}), []),
    "parquet with lists": (0, "category", DRY, parquet({"x":[[1,2]]*20+[[3]]*20,"k":range(40),"y":range(40)}), []),
    "parquet with infinity": (3, "column 'x' holds 'inf' in row 2 of data.csv: no finite 64-bit number", DRY, parquet({"x":[1.0,np.inf]*20,"y":range(40)}), []),
    "feather v1": (3, "'data.csv' is damaged or no table: it has the old Feather V1 format; write it again as", DRY, b"FEA1"+b"x"*50, []),
    "bomb of zeros": (3, "'data.csv' has no rows of data", DRY, gzip.compress(b"0"*(40<<20),mtime=0), []),
    "directory": (3, "'data.csv' is a directory, not a file", DRY, Path.mkdir, []),
    "fifo": (3, "'data.csv' is a fifo and nothing writes to it", DRY, os.mkfifo, []),
    "missing": (3, "no such file: 'data.csv'", DRY, None, []),
    "link to nothing": (3, "'data.csv' is a link to a file that does not exist", DRY, lambda p: p.symlink_to("nowhere"), []),
    "link to itself": (3, "'data.csv' is a link to a file that does not exist", DRY, lambda p: p.symlink_to(p.name), []),
    "device": (3, "'data.csv' is empty", DRY, lambda p: p.symlink_to("/dev/null"), []),
    "socket": (3, "'data.csv' cannot be read: No such device or address", DRY, bind, []),
    "predict good": (0, "40 rows predicted", PREDICT, GOOD, []),
    "predict lacks a column": (3, "data.csv lacks 1 of the 2 columns that the model needs", PREDICT, GOOD.replace("kind","kin"), []),
    "predict no columns": (3, "data.csv lacks 2 of the 2 columns that the model needs", PREDICT, "a,b\n1,2\n3,4\n", []),
    "predict text in a number": (0, "no prediction for line 7 of data.csv: column 'x' holds 'oops'", PREDICT, swap(7,"oops,a,1"), []),
    "predict inf": (0, "no prediction for line 7 of data.csv: column 'x' holds 'inf'", PREDICT, swap(7,"inf,a,1"), []),
    "predict beyond float64": (0, "no prediction for line 7 of data.csv: column 'x' holds '1e999'", PREDICT, swap(7,"1e999,a,1"), []),
    "predict text and no bad rows": (3, "column 'x' holds text: 'oops' in line 7 of data.csv", PREDICT, swap(7,"oops,a,1"), ["--max-bad-rows", "0"]),
    "predict text in two numbers": (3, "2 of 40 rows cannot be predicted: line 3 of data.csv: column 'x' holds 'oops'; line 9", PREDICT, column([1,"oops",3,4,5,6,7,"$5",*range(32)]), []),
    "predict text in two numbers of which so many may be": (0, "38 of 40 rows predicted", PREDICT, column([1,"oops",3,4,5,6,7,"$5",*range(32)]), ["--max-bad-rows", "0.05"]),
    "predict rejected and bad rows": (3, "2 of 41 rows cannot be predicted: line 7", PREDICT, swap(7,"oops,a,1")+"1\n", []),
    "predict unseen level": (0, "cells of 'kind' with a level that training did not have: 1", PREDICT, swap(7,"1,zz,1"), []),
    "predict gaps": (0, "empty cells of 'x', read as the mean: 1", PREDICT, swap(7,",,"), []),
    "predict bad target": (0, "rows that are not measured, such as line 7 of data.csv, where 'y' holds 'oops': 1", PREDICT, swap(7,"1,a,oops"), []),
    "predict targets to come": (0, "where 'y' holds 'pending': 40", PREDICT, target(["pending"]*40), []),
    "predict decimal commas": (3, "40 of 40 rows cannot be predicted: line 2 of data.csv: column 'x' holds '0,0'", PREDICT, GOOD.replace(",",";").replace(".",","), []),
    "predict stated decimal commas": (0, "40 rows predicted", PREDICT, GOOD.replace(",",";").replace(".",","), ["--csv", "decimal=,"]),
    "explain text in a number": (3, "column 'x' holds text: 'oops' in line 7 of data.csv", EXPLAIN, swap(7,"oops,a,1"), []),
    "explain a target of text": (3, "column 'y' holds text: 'oops' in line 7 of data.csv", EXPLAIN, swap(7,"1,a,oops"), []),
    "explain decimal commas": (3, "column 'y' holds a number unlike the others: '0,0' in line 2 of data.csv", EXPLAIN, GOOD.replace(",",";").replace(".",","), []),
    "predict header only": (3, "'data.csv' has no rows of data", PREDICT, "x,kind,y\n", []),
    "predict nothing": (3, "'data.csv' is empty", PREDICT, "", []),
    "predict column twice": (3, "data.csv lacks 1 of the 2 columns that the model needs", PREDICT, swap(1,"x,x,y"), []),
    "predict short rows": (3, "2 of 42 rows do not fit the table: data.csv, line 42, column 2: 1 cells instead of 3;", PREDICT, GOOD+"1\n2\n", []),
    "predict truncated gz": (3, "'data.csv' is truncated or damaged: Compressed file ended before the end-of-stream marker", PREDICT, BIG_GZ[:len(BIG_GZ)//2], []),
    "predict keep unknown": (2, "column 'idd' not found in data.csv", PREDICT, GOOD, ["--keep", "idd"]),
    "predict to itself": (2, "'data.csv' exists", PREDICT, GOOD, ["-o", "FILE"]),
    "predict to itself by force into a folder": (2, "'.' is a folder", PREDICT, GOOD, ["-o", "."]),
    "predict to xlsx": (2, "cannot write 'o.xlsx': no tables are written as .xlsx", PREDICT, GOOD, ["-o", "o.xlsx"]),
    "predict into nowhere": (2, "cannot write 'no/where.csv': there is no folder 'no'", PREDICT, GOOD, ["-o", "no/where.csv"]),
    "predict json and md": (2, "--json and --md exclude each other", PREDICT, GOOD, ["--json", "--md"]),
    "predict unknown option": (2, "no such option: --kep (Possible options: --help, --keep)", PREDICT, GOOD, ["--kep", "x"]),
    "predict keep prediction": (2, "--keep: two columns would be called 'prediction'", PREDICT, GOOD, ["--keep", "prediction"]),
    "predict keep low": (2, "--keep: two columns would be called 'low'", PREDICT, GOOD, ["--keep", "low", "--interval", "0.9"]),
    "predict keep under the name of the prediction": (2, "--keep: two columns would be called 'prediction'", PREDICT, GOOD, ["--keep", "x=prediction", "--json"]),
    "predict keep two under one name": (2, "--keep: two kept columns would be called 'a'", PREDICT, GOOD, ["--keep", "x=a,kind=a"]),
    "predict keep twice": (2, "--keep: two kept columns would be called 'x'", PREDICT, GOOD, ["--keep", "x,x"]),
    "predict keep without the column": (2, "--keep: '=a' is no column with its new name", PREDICT, GOOD, ["--keep", "=a"]),
    "predict keep without the name": (2, "--keep: 'x=' is no column with its new name", PREDICT, GOOD, ["--keep", "x="]),
    "predict keep a clash, told before reading": (2, "--keep: two columns would be called 'prediction'", PREDICT, "", ["--keep", "x=prediction"]),
    "predict keep renamed unknown": (2, "column 'former' not found in data.csv", PREDICT, GOOD, ["--keep", "former=x"]),
    "predict keep under a new name": (0, "former,again,prediction", PREDICT, GOOD, ["--keep", "x=former, x = again"]),
    "predict keep a broken list": (0, "x,prediction", PREDICT, GOOD, ["--keep", '"x']),
    "predict directory": (3, "'data.csv' is a directory, not a file", PREDICT, Path.mkdir, []),
    "predict one row": (0, "1 row predicted", PREDICT, "x,kind\n1,a\n", []),
    "predict two files": (2, "got unexpected extra argument(s) (extra.csv)", PREDICT, GOOD, ["extra.csv"]),
    "model: missing": (3, "'data.csv': no such file", AS_MODEL, None, []),
    "model: empty": (3, "'data.csv': this is no Keras model", AS_MODEL, b"", []),
    "model: text": (3, "'data.csv': this is no Keras model", AS_MODEL, "hello", []),
    "model: a table": (3, "'data.csv': this is no Keras model", AS_MODEL, GOOD, []),
    "model: directory": (3, "'data.csv' is a folder, not a model file", AS_MODEL, Path.mkdir, []),
    "model: hdf5": (3, "'data.csv': this is an HDF5 file, not a .keras archive", AS_MODEL, b"\x89HDF\r\n\x1a\n"+b"\0"*100, []),
    "model: zip of other things": (3, "'data.csv': this zip archive is no Keras model: it has no config.json", AS_MODEL, zipped("a.csv"), []),
    "model: truncated": (3, "'data.csv': the archive is damaged or incomplete", AS_MODEL, model_bytes(lambda data: data[:-200]), []),
    "model: cut in half": (3, "'data.csv': the archive is damaged or incomplete", AS_MODEL, model_bytes(lambda data: data[:4000]), []),
    "model: pickle": (3, "'data.csv': this is no Keras model", AS_MODEL, b"\x80\x04\x95\x10\0\0\0", []),
    "model: fifo": (3, "'data.csv' is not a regular file", AS_MODEL, os.mkfifo, []),
    "model: link to nothing": (3, "'data.csv': no such file", AS_MODEL, lambda p: p.symlink_to("nowhere"), []),
    "model: gz": (3, "'data.csv': this is no Keras model", AS_MODEL, gzip.compress(b"x",mtime=0), []),
    "model: one byte changed": (3, "'data.csv': the archive is damaged or incomplete", AS_MODEL, model_bytes(flipped), []),
    "model: without weights": (3, "'data.csv': this zip archive is no Keras model: it has no model.weights.h5", AS_MODEL, model_without("model.weights.h5"), []),
    "model: without configuration": (3, "'data.csv': this zip archive is no Keras model: it has no config.json", AS_MODEL, model_without("config.json"), []),
    "model: without facts": (3, "'data.csv' does not say which columns it takes: bnfit did not write it", AS_MODEL, model_without("bnfit.json"), []),
    "model: facts are no JSON": (3, "'data.csv': bnfit.json in the archive is not valid JSON", AS_MODEL, model_without(bnfit=b"{"), []),
    "model: facts are a list": (3, "'data.csv': bnfit.json in the archive holds no object but []", AS_MODEL, model_without(bnfit=b"[]"), []),
    "model: facts without schema": (3, "'data.csv' does not say which columns it takes: bnfit did not write it", AS_MODEL, model_without(bnfit=b"{}"), []),
    "model: schema is text": (3, "'data.csv': the model's schema is damaged: it has no columns, task, classes and warnings", AS_MODEL, model_without(bnfit=b'{"schema": "x"}'), []),
    "model: schema without target": (3, "'data.csv': the model's schema is damaged: it has no columns, task, classes and warnings", AS_MODEL, model_without(bnfit=b'{"schema": {"columns": [], "task": "regression"}}'), []),
    "model: a later format": (3, "'data.csv' was written by a later bnfit", AS_MODEL, model_without(bnfit=later), []),
    "model: an earlier format": (3, "'data.csv' was made by bnfit ", AS_MODEL, model_without(bnfit=earlier), []),
    "model: metadata of a wrong type": (3, "'data.csv': bnfit.json is damaged: Expected 'object | null', got 'array' - at '$.members'", AS_MODEL, model_without(bnfit=lambda document: document[:-1] + b', "members": []}'), []),
    "model: configuration is no JSON": (3, "'data.csv': config.json in the archive is not valid JSON", AS_MODEL, model_without(config=b"nonsense"), []),
    "model: configuration of another thing": (3, "'data.csv': the model is not a Sequential or Functional model of stock layers", AS_MODEL, model_without(config=b'{"class_name": "Evil", "config": {}}'), []),
    "model: weights are no HDF5": (3, "'data.csv': the weights in the archive are damaged", AS_MODEL, model_without(model=b"nonsense"), []),
    "usage: no data": (2, "missing argument 'DATA'", PLAIN, GOOD, ["fit", "--target", "y"]),
    "usage: no target": (2, "missing option '--target'", PLAIN, GOOD, ["fit", "FILE"]),
    "usage: unknown command": (2, "no such command 'fti'. Did you mean 'fit'?", PLAIN, GOOD, ["fti", "FILE"]),
    "usage: unknown option": (2, "no such option: --layer (Possible options: --arm, --layers)", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "--layer", "2"]),
    "usage: layers zero": (2, "--layers: '0' is not a positive whole number", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "--layers", "0"]),
    "usage: layers text": (2, "--layers: 'two' is not a positive whole number", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "--layers", "two"]),
    "usage: units negative": (2, "--units: '-3' is not a positive whole number", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "--units", "-3"]),
    "usage: units list in fit": (2, "--units takes one number, not '2,3'", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "--units", "2,3"]),
    "usage: activation": (2, "unknown activation 'tahn'", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "--activation", "tahn"]),
    "usage: arm": (2, "unknown arm 'bnn'", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "--arm", "bnn"]),
    "usage: recipe": (2, "unknown recipe 'fast'", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "--recipe", "fast"]),
    "usage: epochs zero": (2, "invalid value for '--epochs': Input should be greater than or equal to 1", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "--epochs", "0"]),
    "usage: batch of none": (2, "--recipe batch-size: '0' is not a positive whole number", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "--recipe", "batch-size=0"]),
    "usage: batch of one": (2, "norm batch takes batches of at least 2 rows: one row has no variance", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "--recipe", "batch-size=1", "--arm", "bn"]),
    "usage: batch of one by moving averages": (2, "arm bn-input takes batches of at least 2 rows", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "--recipe", "batch-size=1", "--recipe", "paper"]),
    "usage: batch of one in a search": (2, "norm batch:after takes batches of at least 2 rows", PLAIN, GOOD, ["search", "FILE", "--target", "y", "--recipe", "batch-size=1,8", "--norm", "none,batch:after"]),
    "usage: norm that has no place": (2, "unknown norm 'none:after'", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "--norm", "none:after"]),
    "usage: option of an earlier version": (2, "no such option: --norm-position", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "--norm-position", "after"]),
    "usage: folds of one": (2, "invalid value for '--folds': Input should be greater than or equal to 2", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "--folds", "1"]),
    "usage: members zero": (2, "invalid value for '--members': Input should be greater than or equal to 1", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "--members", "0"]),
    "usage: too few members": (2, "3 members cannot cover 5 folds", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "--members", "3", "--folds", "5"]),
    "usage: learning rate below zero": (2, "learning rate must be a positive number, not -1.0", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "--recipe", "learning-rate=-1"]),
    "usage: learning rate nan": (2, "learning rate must be a positive number, not nan", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "--recipe", "learning-rate=nan"]),
    "usage: seed below zero": (2, "invalid value for '--seed': Input should be greater than or equal to 0", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "--seed", "-1"]),
    "usage: model to stdout": (2, "a model cannot go to stdout", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "-o", "-"]),
    "usage: model without ending": (2, "the model file 'model' must end in .keras", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "-o", "model"]),
    "usage: model into nowhere": (2, "cannot write 'no/m.keras': there is no folder 'no'", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "-o", "no/m.keras"]),
    "usage: model exists": (2, "'good.keras' exists", PLAIN, GOOD, ["fit", "FILE", "--target", "y", "-o", "good.keras"]),
    "usage: two tables": (2, "got unexpected extra argument(s) (data.csv)", PLAIN, GOOD, ["fit", "FILE", "FILE", "--target", "y"]),
    "usage: search empty axis": (2, "--units: empty value in '2,,3'", PLAIN, GOOD, ["search", "FILE", "--target", "y", "--units", "2,,3"]),
    "usage: search unknown arm": (2, "unknown arm 'none'", PLAIN, GOOD, ["search", "FILE", "--target", "y", "--arm", "all,none"]),
    "usage: search trials of a grid": (2, "a grid tries all of its networks", PLAIN, GOOD, ["search", "FILE", "--target", "y", "--strategy", "grid", "--trials", "9"]),
    "usage: search no time": (2, "--budget: 'soon' is no time", PLAIN, GOOD, ["search", "FILE", "--target", "y", "--budget", "soon"]),
    "usage: search unknown strategy": (2, "unknown strategy 'randm'", PLAIN, GOOD, ["search", "FILE", "--target", "y", "--strategy", "randm"]),
    "usage: search decay with sgd": (2, "which has no weight decay", PLAIN, GOOD, ["search", "FILE", "--target", "y", "--recipe", "paper", "--recipe", "weight-decay=1"]),
    "usage: explain where without data": (2, "--where needs a table", PLAIN, GOOD, ["explain", "good.keras", "--where", "x > 1"]),
    "usage: option without a value": (2, "option '--target' requires an argument", PLAIN, GOOD, ["fit", "FILE", "--target"]),
    "usage: glob that matches nothing": (3, "no file matches '*.tsv'", PLAIN, GOOD, ["fit", "*.tsv", "--target", "y", "--dry-run"]),
    "usage: empty file name": (3, "the name of the table is empty", PLAIN, GOOD, ["fit", "", "--target", "y", "--dry-run"]),
    "usage: nul in a file name": (3, "no such file: 'a�b'", PLAIN, GOOD, ["fit", "a\u0000b", "--target", "y", "--dry-run"]),
    "usage: very long file name": (3, "no such file:", PLAIN, GOOD, ["fit", 'f' * 5000, "--target", "y", "--dry-run"]),}  # fmt: skip
