#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what octocal needs on Debian 12: compiler, libraries and, for the tests, ONNX Runtime and a headless browser.
# Does nothing (and needs neither root nor a network) where everything is there already.
# usage: install_dependencies.sh [demo|build|test]     demo: all but the trainer's libtorch; build: all; test: also what
# only tests and checks need
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-build}

build_packages=(build-essential cmake ninja-build pkg-config git ca-certificates ccache
  libdnnl-dev libhdf5-dev libonnx-dev libprotobuf-dev protobuf-compiler
  libcli11-dev libfmt-dev nlohmann-json3-dev libtomlplusplus-dev libhwloc-dev libboost-dev libxxhash-dev zlib1g-dev
  libdeflate-dev)
train_packages=(libtorch-dev libopenblas0-pthread libopenblas-pthread-dev)
test_packages=(libgtest-dev libbenchmark-dev python3 python3-dev python3-venv python3-numpy pybind11-dev chromium libgl1
  libsm6 libxext6 clang-format-14 doxygen libopenmpi-dev openmpi-bin)

packages=("${build_packages[@]}")
[ "$what" = demo ] || packages+=("${train_packages[@]}")
[ "$what" = test ] && packages+=("${test_packages[@]}")
# npm only where there is none: a newer Node.js beside Debian's is common and serves as well.
command -v npm >/dev/null 2>&1 || packages+=(nodejs npm)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" -ne 0 ]; then
    echo "install_dependencies: these Debian packages are missing: ${missing[*]}; run this once as root (sudo $0 $what)" >&2
    exit 2
  fi
  echo "installing: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
