#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run_in_venv.sh VENV SCRIPT ARGUMENTS...: runs a Python script with the tests' environment.
set -euo pipefail
if [ ! -x "$1/bin/python" ]; then
  echo "$1 is missing (the tests' Python packages); run make test, which makes it, or scripts/make_test_venv.sh" >&2
  exit 1
fi
exec "$1/bin/python" "${@:2}"
