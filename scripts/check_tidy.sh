#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# clang-tidy 14 with the checks of .clang-tidy over the sources of everything but the trainer (libtorch's headers take it a
# minute a file). Compiles nothing; some two hours on two cores, so it is no part of CI.
# usage: check_tidy.sh [FILE ...]     only these, e.g. src/octocal/base/log.cpp
set -euo pipefail
cd "$(dirname "$0")/.."
command -v clang-tidy-14 >/dev/null || {
  echo "check_tidy: clang-tidy-14 is missing; install the Debian package clang-tidy-14" >&2
  exit 2
}
# As Clang compiles it: without precompiled headers, a file at a time.
CC=clang-14 CXX=clang++-14 cmake --preset inference -B build/tidy -DOCTOCAL_PCH=OFF -DOCTOCAL_TESTS=OFF >/dev/null
files=("$@")
if [ $# -eq 0 ]; then
  mapfile -t files < <(python3 - <<'EOF'
import json
import pathlib

# Sources that are generated hold data.
for entry in json.loads(pathlib.Path("build/tidy/compile_commands.json").read_text()):
    file = pathlib.Path(entry["file"])
    if "tidy" not in file.parts:
        print(file)
EOF
  )
fi
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy-14 --quiet -p build/tidy
echo "check_tidy: ${#files[@]} files, nothing found"
