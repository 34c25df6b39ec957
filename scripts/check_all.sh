#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Everything that is tested, one part after the other, and how long each took. A part that fails does not stop the others;
# the exit code says whether any did. What each prints is in build/check_all/PART.log.
#
# usage: check_all.sh [PART ...]       without parts: all of them, an estimated eight hours on two cores
#   ci            .ci/run: format, pages, dependencies, GCC 12 with warnings as errors, all tests, the trainer alone
#   avx2 clang tsan asan physics tidy  the parts of .ci/nightly
#   fuzz          each libFuzzer target for FUZZ_SECONDS (300) from the seeds in the tree, with Clang and sanitizers
#   differential  random graphs, engine against reference, for DIFFERENTIAL_SECONDS (1200), half of them capped at AVX2
#   damage        damaged HDF5 files
#   kills         SIGKILL at random moments, KILLS (100) a verb
#   faults        full disks, read-only targets, closed standard output, too little memory
#   changes       a clock that jumps, inputs that change, two runs with one output
set -uo pipefail
cd "$(dirname "$0")/.."
all=(ci avx2 clang tsan asan physics tidy fuzz differential damage kills faults changes)
parts=("$@")
[ $# -gt 0 ] || parts=("${all[@]}")
jobs=$(nproc)
program=build/release/octocal

ci() { .ci/run; }
avx2() { .ci/nightly avx2; }
clang() { .ci/nightly clang; }
tsan() { .ci/nightly tsan; }
asan() { .ci/nightly asan; }
physics() { .ci/nightly physics; }
tidy() { .ci/nightly tidy; }
fuzz() {
  cmake --preset fuzz && cmake --build build/fuzz -j "$jobs" || return
  local kind new failed=0
  for kind in onnx network showers voxels binning packed limits results checkpoint; do
    new=$(mktemp -d)
    build/fuzz/tests/fuzz/fuzz_$kind -max_total_time="${FUZZ_SECONDS:-300}" -rss_limit_mb=2048 -malloc_limit_mb=1024 \
      -timeout=30 -artifact_prefix=build/check_all/$kind- "$new" tests/fuzz/seeds/$kind || failed=1
    rm -r "$new"
  done
  return $failed
}
differential() {
  local half=$((${DIFFERENTIAL_SECONDS:-1200} / 2)) first
  first=$(date +%s)  # other graphs each time; a seed that fails is printed
  build/release/tests/fuzz/differential "${first}000" 1000000000 $half
  local failed=$?
  OCTOCAL_ISA=avx2 build/release/tests/fuzz/differential "${first}500" 1000000000 $half && return $failed
}
damage() { scripts/damage_test.py --program $program --keep build/check_all/damaged; }
kills() { scripts/kill_test.py --program $program --kills "${KILLS:-100}"; }
faults() { scripts/fault_test.py --program $program; }
changes() { scripts/change_test.py --program $program; }

for part in "${parts[@]}"; do
  if [[ " ${all[*]} " != *" $part "* ]]; then
    echo "check_all: no part $part; the parts are ${all[*]}" >&2
    exit 2
  fi
done
mkdir -p build/check_all
failed=0
table=()
for part in "${parts[@]}"; do
  start=$SECONDS
  if "$part" >build/check_all/"$part".log 2>&1; then
    word=passed
  else
    word=FAILED
    failed=1
  fi
  table+=("$(printf '%-13s %s %6d s' "$part" $word $((SECONDS - start)))")
  echo "${table[-1]}"
  [ $word = passed ] || tail -n 20 build/check_all/"$part".log
done
[ ${#parts[@]} -eq 1 ] || printf '%s\n' "" "${table[@]}"
exit $failed
