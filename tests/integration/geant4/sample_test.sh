#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# sample_test.sh OCTOCAL-SAMPLE MODEL FOLDER: octocal-sample makes the same bytes in any number of threads and files, in
# full and with generated showers, goes on where it was stopped, and refuses what it did not make.
set -euo pipefail
sample=$1 model=$2 work=$3
rm -rf "$work"
mkdir -p "$work"
cd "$work"

fail() {
  echo "sample_test: $*" >&2
  exit 1
}
same() { cmp "$1" "$2" || fail "$1 and $2 differ"; }
# Runs it with physics that needs no data sets; what it prints goes to `said`, too.
run() { "$sample" --quiet --physics no-data --output "$@" 2>&1 | tee said; }
refused() { ! run "$@" >/dev/null || fail "was not refused: $*"; }

full=(--energy 2:10 --seed 3)
run two.h5 "${full[@]}" --events 7 --per-file 3 --threads 2
for part in 0:3 3:3 6:1; do
  run "alone_${part%:*}.h5" "${full[@]}" --first-event "${part%:*}" --events "${part#*:}"
  same "alone_${part%:*}.h5" "two_00$((${part%:*} / 3)).h5"
done
grep -q 'ECAL/Ep 0.02' said || fail "the response is not that of a silicon-tungsten calorimeter: $(cat said)"

# A missing file is made again, the others are kept.
cp two_001.h5 kept.h5
before=$(stat -c %Y%i two_000.h5)
rm two_001.h5
run two.h5 "${full[@]}" --events 7 --per-file 3
same two_001.h5 kept.h5
[ "$(stat -c %Y%i two_000.h5)" = "$before" ] || fail "a file that was there was made again"
refused two.h5 --energy 2:10 --seed 4 --events 7 --per-file 3
grep -q 'two_000.h5: was made with other settings' said || fail "the refusal does not name the file: $(cat said)"

# Generated showers, whatever the run and thread that they are made in.
fast=(--energy 100:500 --fast "$model")
run fast.h5 "${fast[@]}" --events 12 --per-file 5 --threads 2
grep -q '12 showers by .*; 0 GeV in no sensitive volume' said || fail "not all showers were generated: $(cat said)"
run last.h5 "${fast[@]}" --first-event 10 --events 2
same last.h5 fast_002.h5

# One particle of a kind that the model is not for is simulated in full.
run slanting.h5 --energy 100 --fast "$model" --angle 20 --events 1
grep -q '0 showers by' said || fail "a primary at 20 degrees became a generated shower: $(cat said)"
refused nowhere.h5 --particle nothing --events 1
refused nowhere.h5 --particle nothing --events 1 --threads 2
refused nowhere.h5 --command /no/such --events 1
[ ! -e nowhere.h5 ] || fail "a refused run left a file"
