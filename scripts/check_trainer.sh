#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds octocal-train from the bundle that goes to a GPU node, proves that it links libtorch and nothing else of ours,
# and trains a step on a packed file; and that a fmt of another version beside PyTorch's headers does no harm. Part of CI.
# usage: check_trainer.sh OCTOCAL_PROGRAM [cmake flags...]
set -euo pipefail
program=$(realpath "${1:?usage: check_trainer.sh OCTOCAL_PROGRAM [cmake flags...]}")
shift
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "check_trainer: $1" >&2; exit 1; }

"$root/scripts/bundle_trainer.sh" "$work/trainer.tar.gz"
tar -xzf "$work/trainer.tar.gz" -C "$work"
# The headers in the bundle, not what CMake would find on this machine.
cmake -S "$work/octocal" --preset trainer -B "$work/build" -DOCTOCAL_WERROR=ON -DCMAKE_DISABLE_FIND_PACKAGE_fmt=ON \
  -DCMAKE_DISABLE_FIND_PACKAGE_nlohmann_json=ON -DCMAKE_DISABLE_FIND_PACKAGE_CLI11=ON "$@" >"$work/log" 2>&1 || { tail -20 "$work/log"; fail "does not configure"; }
cmake --build "$work/build" >"$work/log" 2>&1 || { grep -m 20 -A 5 'error' "$work/log"; fail "does not build"; }

trainer=$work/build/octocal-train
needed=$(readelf -d "$trainer" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p')
for library in $needed; do
  case $library in
    libtorch*.so* | libc10*.so* | libstdc++.so* | libgomp.so* | libm.so* | libgcc_s.so* | libc.so* | libpthread.so* | ld-linux*) ;;
    *) fail "octocal-train needs $library" ;;
  esac
done

"$program" pack --data "$root/data/electrons_000.h5" --out "$work/a.pack" >/dev/null
"$trainer" --data "$work/a.pack" --out "$work/run" --recipe paper --steps 1 --batch 2 --judged-showers 16 --quiet
[ -s "$work/run/last.ckpt" ] || fail "no checkpoint"
set +e
said=$("$trainer" --data "$root/data/electrons_000.h5" --out "$work/run2" 2>&1)
code=$?
set -e
[ "$code" = 2 ] && [[ $said == *"octocal pack"* ]] || fail "HDF5 is refused with code $code and: $said"

# PyTorch ships a fmt of its own, which is found before the one that is linked: here one of a version that no library has.
# One file that sees both tells: what it wants of that fmt it must bring along.
headers=/usr/include
for flag in "$@"; do case $flag in -DOCTOCAL_TORCH_FOLDER=*) headers=${flag#*=}/include ;; esac; done
mkdir -p "$work/torch/include"
for folder in ATen c10 caffe2 torch; do ln -s "$headers/$folder" "$work/torch/include/$folder"; done
cp -r "$work/octocal/third_party/include/fmt" "$work/torch/include"
sed -i -E 's/inline namespace v[0-9]+/inline namespace v4711/' "$work/torch/include/fmt/"*.h
cmake -S "$work/octocal" --preset trainer -B "$work/beside" -DOCTOCAL_PCH=OFF -DOCTOCAL_TORCH_FOLDER="$work/torch" >"$work/log" 2>&1 ||
  { tail -20 "$work/log"; fail "does not configure beside another fmt"; }
object=src/octocal/train/CMakeFiles/octocal_train.dir/device.cpp.o
cmake --build "$work/beside" --target "$object" >"$work/log" 2>&1 ||
  { grep -m 20 -A 5 'error' "$work/log"; fail "does not build beside another fmt"; }
symbols=$(nm -C "$work/beside/$object")
[[ $symbols == *"fmt::v4711::"* ]] || fail "the other fmt was not found: this check checks nothing"
missing=$(grep -m 1 ' U fmt::' <<<"$symbols") && fail "would not link beside PyTorch's own fmt: $missing"
echo "trainer alone: needs $(echo $needed | tr ' ' ,)"
