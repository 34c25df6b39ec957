#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# array_test.sh OCTOCAL ROOT FOLDER: the job arrays of examples/farms, their tasks run one after the other as a batch
# system would run them, make the bytes of a single run.
set -euo pipefail
export OCTOCAL=$1 MODEL=$2/models/cells-int8.onnx SEED=7 SHOWERS_A_PART=20
farms=$2/examples/farms
rm -rf "$3"
mkdir -p "$3"
cd "$3"
fail() {
  echo "$1" >&2
  exit 1
}

bash -n "$farms/generate_part.sh" && bash -n "$farms/slurm_array.sh"
for task in 2 0; do
  SLURM_SUBMIT_DIR=$farms SLURM_ARRAY_TASK_ID=$task SLURM_CPUS_PER_TASK=2 "$farms/slurm_array.sh" >/dev/null 2>&1
done
"$OCTOCAL" merge sample.h5 'parts/*.h5' >out 2>&1 && fail "a sample with a hole was merged"
grep -q -- "--first-shower 20 --showers 20" out || fail "the hole is not named: $(cat out)"

# The array again: parts that are there stay as they are.
touch -d '2001-01-01' parts/part_000000.h5
for task in 0 1 2; do "$farms/generate_part.sh" "$task" >/dev/null 2>&1; done
[ "$(stat -c %Y parts/part_000000.h5)" = "$(date -d '2001-01-01' +%s)" ] || fail "a part that was there was made again"
"$OCTOCAL" merge sample.h5 'parts/*.h5' >/dev/null 2>&1
"$OCTOCAL" generate --model "$MODEL" --energy 100:500 --seed 7 --showers 60 -o whole.h5 >/dev/null 2>&1
cmp sample.h5 whole.h5

# HTCondor's processes call the same script with the same settings.
grep -q '^executable *= generate_part.sh$' "$farms/htcondor.sub"
for setting in $(sed -n 's/^environment *= "\(.*\)"$/\1/p' "$farms/htcondor.sub"); do
  grep -q "{${setting%%=*}:" "$farms/generate_part.sh" || fail "htcondor.sub sets ${setting%%=*}, which nothing reads"
done

code=0
MODEL='' "$farms/generate_part.sh" 0 >/dev/null 2>&1 || code=$?
[ "$code" != 0 ] || fail "a part without a model was made"
