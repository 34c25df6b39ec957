#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks who includes whom: docs/architecture.md, "Who may include whom"."""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "octocal"

# What a module may include besides itself and base.
MAY_INCLUDE = {
    "base": set(),
    "ranks": set(),
    "data": set(),
    "model": set(),
    "engine": {"model"},
    "physics": {"data"},
    "train": {"data", "model", "ranks"},
    "command_line": {"data"},
    "trainer": {"train", "command_line", "ranks"},
    "quant": {"model", "engine"},
    "report": {"physics"},
    "study": {"data", "model", "engine", "physics", "quant", "ranks"},
    "cli": {"ranks", "data", "model", "engine", "physics", "train", "quant", "report", "study", "command_line", "trainer"},
}

# Libraries and the only folders of src/octocal that may include them.
ONLY_IN = {
    r"(torch|ATen|c10|caffe2)/": ("train",),
    r"(hdf5|H5\w*)\.h": ("data",),
    r"zlib\.h": ("data",),
    r"(oneapi/dnnl|dnnl)": ("engine/onednn",),
    r"(onnx|google/protobuf)/": ("model",),
    r"CLI/": ("command_line", "trainer", "cli"),
    r"toml\+\+/": ("model",),
    r"(hwloc|xxhash)": ("base",),
    r"libdeflate": ("data",),
    r"mpi\.h": ("ranks",),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def problems_of(path: Path) -> list[str]:
    relative = path.relative_to(SOURCE)
    module = relative.parts[0]
    found = []
    for quote, name in INCLUDE.findall(path.read_text()):
        if name.startswith("octocal/"):
            target = name.split("/")[1]
            if target not in {module, "base"} | MAY_INCLUDE[module]:
                found.append(f"{module} may not include {target} ({name})")
            if relative.parts[:2] == ("model", "reference") and "engine" in name:
                found.append("the reference shares no code with the engine")
            if module == "engine" and "model/reference" in name:
                found.append("the engine shares no code with the reference")
            if not (ROOT / "src" / name).is_file() and not name.startswith("octocal/generated/"):
                found.append(f"no such header: {name}")
        elif quote == '"':
            found.append(f'include "{name}" by its full name, "octocal/..."')
        for library, homes in ONLY_IN.items():
            if re.match(library, name) and not relative.as_posix().startswith(tuple(home + "/" for home in homes)):
                found.append(f"<{name}> belongs in {', '.join(homes)} only")
    return [f"{path.relative_to(ROOT)}: {problem}" for problem in found]


def main() -> int:
    files = sorted(p for p in SOURCE.rglob("*") if p.suffix in {".hpp", ".cpp"})
    found = [problem for path in files for problem in problems_of(path)]
    for problem in found:
        print(problem, file=sys.stderr)
    print(f"includes: {len(files)} files checked, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
