# SPDX-License-Identifier: Apache-2.0
"""Executes the code of a notebook, cell by cell, as Jupyter does from the notebook's folder, and compares what it prints
with what the notebook shows, numbers apart (they may differ in the last digits between machines).

    run_notebook.py ROOT NOTEBOOK            ROOT holds models/ and data/, NOTEBOOK is a path below it
    run_notebook.py ROOT NOTEBOOK --write    also puts what is printed into the notebook
"""
import contextlib
import io
import json
import os
import re
import sys
import tempfile
from pathlib import Path


def without_numbers(text: str) -> str:
    return re.sub(r"[ -]*\b[0-9a-f.]*\d[0-9a-f.]*%?|-$", "#", re.sub(r" +", " ", text), flags=re.M)


def main() -> int:
    root, path, write = Path(sys.argv[1]).resolve(), Path(sys.argv[2]), "--write" in sys.argv[3:]
    notebook = json.loads((root / path).read_text())
    names, wrong, count = {"__name__": "__main__"}, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for name in ("models", "data"):
            os.symlink(root / name, Path(folder) / name)
        place = Path(folder) / path.parent
        place.mkdir(parents=True)
        os.chdir(place)
        for number, cell in enumerate(notebook["cells"]):
            if cell["cell_type"] != "code":
                continue
            count += 1
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile("".join(cell["source"]), f"{path}, cell {number}", "exec"), names)
            shown = "".join(line for output in cell["outputs"] for line in output["text"])
            if write:
                lines = printed.getvalue().splitlines(keepends=True)
                cell["outputs"] = [{"name": "stdout", "output_type": "stream", "text": lines}] if lines else []
                cell["execution_count"] = count
            elif without_numbers(shown) != without_numbers(printed.getvalue()):
                print(f"{path}: cell {number} shows\n{shown}\nbut prints\n{printed.getvalue()}\n"
                      "run run_notebook.py with --write, and look at what changed")
                wrong += 1
        os.chdir(root)
    if count == 0:
        print(f"{path}: has no code")
        wrong += 1
    if write:
        (root / path).write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
