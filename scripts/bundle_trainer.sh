#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Packs what a machine without registries needs to build octocal-train into one archive: its sources, and the headers of
# fmt, nlohmann/json, toml++ and CLI11 of this machine. libtorch and a C++20 compiler are expected over there
# (docs/training.md).
# usage: bundle_trainer.sh OUT.tar.gz
set -euo pipefail
out=${1:?usage: bundle_trainer.sh OUT.tar.gz}
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
target=$work/octocal
mkdir -p "$target/src/octocal" "$target/third_party/include"
cp "$root"/CMakeLists.txt "$root"/CMakePresets.json "$root"/LICENSE "$target"
cp -r "$root/cmake" "$target"
for module in base ranks data model train command_line trainer; do cp -r "$root/src/octocal/$module" "$target/src/octocal"; done
for library in fmt nlohmann toml++ CLI; do
  found=
  for folder in "${OCTOCAL_INCLUDE:-/usr/include}" /usr/local/include; do
    [ -d "$folder/$library" ] && found=$folder/$library && break
  done
  [ -n "$found" ] || { echo "bundle_trainer: the headers of $library are not in /usr/include; set OCTOCAL_INCLUDE to where they are" >&2; exit 2; }
  cp -r "$found" "$target/third_party/include"
done
tar -czf "$out" -C "$work" octocal
echo "$out: $(du -h "$out" | cut -f1); over there: tar -xzf, then cmake --preset trainer as docs/training.md says"
