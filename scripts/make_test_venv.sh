#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes build/test-venv: ONNX Runtime and NumPy for the tests that compare octocal with another runtime, and Geant4 for
# the one that runs octocal inside it. Nothing of octocal itself needs it. Does nothing (and needs no network) where it is
# there already with the pinned versions. Without Geant4's package that one test is skipped; the others are needed.
set -euo pipefail
cd "$(dirname "$0")/.."
requirements=tests/integration/onnxruntime/requirements.txt
geant4=tests/integration/geant4/requirements.txt
venv=build/test-venv
python=/usr/bin/python3

# Behind the others, and asked for again each time until it is there.
install_geant4() {
  cmp -s "$geant4" "$venv/installed-geant4.txt" && return
  if "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir --only-binary :all: --no-deps \
      --retries 1 --timeout 20 --requirement "$geant4"; then
    cp "$geant4" "$venv/installed-geant4.txt"
  else
    echo "make_test_venv: geant4-pybind cannot be installed here; integration:geant4_in_python will be skipped" >&2
  fi
}

if [ -x "$venv/bin/python" ] && cmp -s "$requirements" "$venv/installed.txt"; then
  install_geant4
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
install_geant4
