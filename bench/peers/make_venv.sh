#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes build/peers-venv: the runtimes that compare.py sets octocal against (some 2 GB). Does nothing where it is there
# already with the pinned versions.
set -euo pipefail
cd "$(dirname "$0")/../.."
requirements=bench/peers/requirements.txt
venv=build/peers-venv
if [ -x "$venv/bin/python" ] && cmp -s "$requirements" "$venv/installed.txt"; then
  exit 0
fi
rm -rf "$venv"
mkdir -p build
/usr/bin/python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir --only-binary :all: --no-deps \
  --requirement "$requirements"
"$venv/bin/python" -c 'import numpy, onnxruntime, openvino'
cp "$requirements" "$venv/installed.txt"  # last, so that an interrupted installation is done again
