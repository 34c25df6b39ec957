#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes build/test-venv: ONNX Runtime and NumPy for the tests that compare octocal with another runtime. Nothing of
# octocal itself needs it. Does nothing (and needs no network) where it is there already with the pinned versions.
set -euo pipefail
cd "$(dirname "$0")/.."
requirements=tests/integration/onnxruntime/requirements.txt
venv=build/test-venv
python=/usr/bin/python3

if [ -x "$venv/bin/python" ] && cmp -s "$requirements" "$venv/installed.txt"; then
  exit 0
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  echo "make_test_venv: $python lacks the module venv (Debian's python3-venv); run scripts/install_dependencies.sh test" >&2
  exit 2
fi
echo "installing ONNX Runtime for the tests into $venv"
rm -rf "$venv"
mkdir -p build
"$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir --only-binary :all: \
  --requirement "$requirements"
"$venv/bin/python" -c 'import numpy, onnxruntime'
# Last, so that an interrupted installation is done again.
cp "$requirements" "$venv/installed.txt"
