#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# generate_part.sh NUMBER: makes part NUMBER, from 0, of a sample, whatever the batch system; nothing if the part is there
# already, so that a job array can be submitted again until it is complete. Settings are environment variables:
set -euo pipefail
program=${OCTOCAL:-octocal}
model=${MODEL:?a model, for example models/cells-int8.onnx}
parts=${PARTS:-parts}            # folder of the parts
showers=${SHOWERS_A_PART:-10000}
energy=${ENERGY:-100:500}        # GeV
seed=${SEED:-1}
streams=${STREAMS:-1}            # threads: as many as the job has cores

number=${1:?the number of the part, from 0}
mkdir -p "$parts"
part=$(printf '%s/part_%06d.h5' "$parts" "$number")
if [ -e "$part" ]; then
  echo "$part is there"
  exit 0
fi
# A part is complete or absent, also when the batch system stops the job. exec: its signals go to octocal itself.
exec "$program" generate --model "$model" --energy "$energy" --seed "$seed" --streams "$streams" \
  --first-shower $((number * showers)) --showers "$showers" --output "$part"
