#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# ranks_test.sh OCTOCAL ROOT FOLDER MPIRUN TRAIN: what several ranks make is what one process makes: samples bit for bit,
# also behind a rank that was killed, trainings within rounding; and their mistakes are told once.
set -euo pipefail
octocal=$1 root=$2 mpirun=$4 train=$5
model=$root/models/cells-int8.onnx
rm -rf "$3"
mkdir -p "$3"
cd "$3"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
ranks() { "$mpirun" --oversubscribe --bind-to none -n "$@"; }
fail() {
  echo "$1" >&2
  exit 1
}

"$octocal" generate -m "$model" --energy 100:500 --showers 70 --seed 7 -o whole.h5 >/dev/null
for count in 1 2 3; do
  ranks $count "$octocal" generate -m "$model" --energy 100:500 --showers 70 --seed 7 -o "by$count.h5" >out$count 2>&1
  cmp "by$count.h5" whole.h5
  [ "$(grep -c 'showers hash' out$count)" = 1 ] || fail "the result is not told once: $(cat out$count)"
  [ ! -e "by$count.h5.parts" ] || fail "parts are left"
done

# A rank that dies takes the others along; the parts that are complete stay as they are, whoever goes on.
ranks 2 sh -c '
  [ "$OMPI_COMM_WORLD_RANK" = 1 ] && { until ls killed.h5.parts/from_*.h5; do sleep 0.1; done; kill -9 $$; } >/dev/null 2>&1 &
  exec "$0" "$@"' \
  "$octocal" generate -m "$model" --energy 100:500 --showers 4000 --seed 7 --quiet -o killed.h5 >killed.out 2>&1 &&
  fail "a run whose rank was killed says that it is complete"
[ ! -e killed.h5 ] || fail "a file is there that is not complete"
touch -d 2001-01-01 killed.h5.parts/from_*.h5 2>/dev/null || fail "no part was complete: $(ls -a killed.h5.parts)"
before=$(find killed.h5.parts -name 'from_*' | wc -l)
ranks 2 sh -c 'exec "$0" "$@" --seed 8' "$octocal" generate -m "$model" --energy 100:500 --showers 4000 -o killed.h5 \
  >out 2>&1 && fail "parts of another sample were taken"
grep -q "holds parts of another sample (seed=7, and now seed=8)" out || fail "the other sample is not named: $(cat out)"
ranks 3 "$octocal" generate -m "$model" --energy 100:500 --showers 4000 --seed 7 -o killed.h5 >out 2>&1
grep -q "parts: $before of 250 parts are there" out || fail "parts were made again: $(cat out)"

# One sentence, once, and the exit code of a wrong input.
code=0
ranks 2 "$octocal" generate -m missing.onnx -o x.h5 >out 2>&1 || code=$?
[ $code = 2 ] && [ "$(grep -c '^octocal: ' out)" = 1 ] || fail "exit code $code: $(cat out)"
code=0
ranks 2 sh -c 'exec "$0" "$@" --seed $OMPI_COMM_WORLD_RANK' "$octocal" generate -m "$model" -o x.h5 >out 2>&1 || code=$?
[ $code = 2 ] && grep -q "the ranks are asked for different samples" out || fail "exit code $code: $(cat out)"

[ "$train" = ON ] || exit 0
# A small training: the same losses but for rounding, and resumed with another number of ranks.
settings=(--data "$root/data/electrons_000.h5" --steps-per-epoch 3 --batch 6 --profile-steps 5 --schedule-steps 6 --seed 3)
"$octocal" train "${settings[@]}" --steps 6 --out alone >/dev/null 2>&1
ranks 2 "$octocal" train "${settings[@]}" --steps 6 --out two >out 2>&1
ranks 3 "$octocal" train "${settings[@]}" --steps 3 --out three >/dev/null 2>&1
ranks 2 "$octocal" train "${settings[@]}" --steps 6 --out three --resume >/dev/null 2>&1
python3 - alone two three <<'PYTHON'
import json, sys
losses = []
for folder in sys.argv[1:]:
    lines = [json.loads(line) for line in open(folder + "/metrics.jsonl")]
    losses.append([(line["step"], line["loss"]["nats"], line["loss"]["held out"]) for line in lines if "loss" in line])
    assert [step for step, *_ in losses[-1]] == [3, 6], losses
for other in losses[1:]:
    for (_, a, b), (_, c, d) in zip(losses[0], other):
        assert abs(a / c - 1) < 1e-4 and abs(b / d - 1) < 1e-4, losses
PYTHON
code=0
ranks 2 "$octocal" train "${settings[@]}" --steps 6 --recipe best --out best >out 2>&1 || code=$?
[ $code = 2 ] && [ "$(grep -c '^octocal: ' out)" = 1 ] && grep -q "trains in one process" out || fail "$code: $(cat out)"
