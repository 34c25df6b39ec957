#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The main job on the shipped model and sample: generate in int8, validate against Geant4, time, report. About a minute.
set -euo pipefail
cd "$(dirname "$0")/.."
octocal=build/octocal
out=${1:-demo-output}
mkdir -p "$out"

step() { printf '\n\033[1m$ %s\033[0m\n' "$*"; "$@"; }

step $octocal generate --model models/cells-int8.onnx --energy 100:500 --showers 1000 --seed 7 -o "$out/showers.h5"
step $octocal validate --reference data/electrons_000.h5 --model models/cells.onnx --model models/cells-int8.onnx \
  --showers-per-reference 3 \
  --json "$out/validation.json"
step $octocal bench --model models/cells.onnx --model models/cells-int8.onnx --json "$out/bench.json"
step $octocal report "$out/validation.json" --bench "$out/bench.json" -o "$out/report"
