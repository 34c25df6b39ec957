#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every C++ file must look as clang-format 14 with .clang-format writes it. --fix rewrites them.
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t files < <(git ls-files '*.cpp' '*.hpp')
if [ "${1:-}" = --fix ]; then
  clang-format-14 -i "${files[@]}"
else
  clang-format-14 --dry-run --Werror "${files[@]}"
  echo "format: ${#files[@]} files checked"
fi
