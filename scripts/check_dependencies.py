#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks docs/dependencies.md: what the scripts install is listed there, with pinned versions and licences, and no more.

Prints one line a problem and exits with 1 if there is any. Versions of Debian's packages are looked at where they are
installed and the system is Debian 12; nothing is asked of a network.
"""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = "docs/dependencies.md"
USES = ("linked", "tool", "test", "page")
# Licences under which code may be linked into an Apache-2.0 program and given away with it.
LINKABLE = {"Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "Zlib", "PSF-2.0"}


def tables(text):
    """{heading: {package: (version, licence, use)}} and the page's text."""
    found, rows = {}, None
    for line in text.splitlines():
        if line.startswith("## "):
            rows = found.setdefault(line[3:].strip(), {})
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if rows is not None and len(cells) == 4 and cells[0] != "package" and not cells[0].startswith("---"):
            rows[cells[0]] = tuple(cells[1:])
    return found


def debian_packages(script):
    """Names in the script's lists, and those that it adds by itself."""
    names = set()
    for _, listed in re.findall(r"(\w+_packages)=\(([^)]*)\)", script):
        names.update(listed.split())
    for added in re.findall(r"packages\+=\(([a-z0-9 .+-]+)\)", script):
        names.update(added.split())
    return names


def pinned(requirements):
    """{package: version}; what is not pinned has the version ''."""
    lines = (line.split("#")[0].strip() for line in requirements.splitlines())
    return {name: version for name, _, version in (line.partition("==") for line in lines if line)}


def compare(page, heading, listed, expected):
    """Names that are in one of the two only, and other versions; expected: {package: version or None}."""
    for name in sorted(set(expected) - set(listed)):
        yield f"{page}: {heading}: {name} is installed and not listed; add a row with its version and licence"
    for name in sorted(set(listed) - set(expected)):
        yield f"{page}: {heading}: {name} is listed and not installed; take the row out"
    for name, (version, _, _) in listed.items():
        wanted = expected.get(name)
        if wanted is not None and version != wanted:
            yield f"{page}: {heading}: {name} is listed with {version}, pinned is {wanted or 'nothing'}; pin and list one"


def installed_versions(names):
    """{package: upstream version} of Debian's packages here; {} elsewhere."""
    try:
        if 'VERSION_ID="12"' not in pathlib.Path("/etc/os-release").read_text(encoding="utf-8"):
            return {}
        told = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version} ${Status}\n", *names], capture_output=True,
                              text=True, check=False).stdout
    except OSError:
        return {}
    return {words[0]: re.sub(r"^\d+:", "", words[1]) for words in map(str.split, told.splitlines())
            if words[-1] == "installed"}


def problems(root):
    text = (root / PAGE).read_text(encoding="utf-8")
    found = tables(text)
    debian, pypi, npm = (found.get(heading, {}) for heading in ("Debian", "PyPI", "npm"))
    for heading, rows in found.items():
        for name, (_, licence, use) in rows.items():
            if not licence or not use.startswith(USES):
                yield f"{PAGE}: {heading}: {name}: a licence, and a use that begins with one of {', '.join(USES)}, are missing"
            if use.startswith("linked") and licence not in LINKABLE:
                yield f"{PAGE}: {heading}: {name} is linked under {licence}; use another library, or say why it may be"

    names = debian_packages((root / "scripts/install_dependencies.sh").read_text(encoding="utf-8"))
    yield from compare(PAGE, "Debian", debian, dict.fromkeys(names))
    for name, version in installed_versions(debian).items():
        if debian[name][0] != "any" and not version.startswith(debian[name][0]):
            yield f"{PAGE}: Debian: {name} is listed with {debian[name][0]}, Debian 12 has {version}"

    wanted = {}
    for file in sorted(root.glob("tests/integration/*/requirements.txt")):
        wanted.update(pinned(file.read_text(encoding="utf-8")))
    yield from compare(PAGE, "PyPI", pypi, wanted)

    package = json.loads((root / "package.json").read_text(encoding="utf-8"))
    direct = {**package.get("dependencies", {}), **package.get("devDependencies", {})}
    yield from compare(PAGE, "npm", npm, direct)
    lock = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for path, entry in lock.items():
        name = path.removeprefix("node_modules/")
        if not path:
            continue
        if "integrity" not in entry:
            yield f"package-lock.json: {name} has no checksum; run npm install once where there is a network"
        licence = entry.get("license", "none")
        if name in npm and npm[name][1] != licence:
            yield f"{PAGE}: npm: {name} is listed under {npm[name][1]}, the lock file says {licence}"
        if licence not in text:
            yield f"{PAGE}: npm: {name} is under {licence}, which the page does not name"


def main():
    found = list(problems(ROOT))
    print("\n".join(found) if found else
          f"dependencies: {sum(len(rows) for rows in tables((ROOT / PAGE).read_text(encoding='utf-8')).values())} listed")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
