#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#SBATCH --job-name=octocal
#SBATCH --array=0-99
#SBATCH --cpus-per-task=1
#SBATCH --mem=500M
#SBATCH --time=00:30:00
#SBATCH --output=slurm_%A_%a.log
# One part of the sample a task. From this folder:
#   job=$(MODEL=$PWD/../../models/cells-int8.onnx sbatch --parsable slurm_array.sh)
#   sbatch --dependency=afterok:$job --wrap "octocal merge sample.h5 'parts/*.h5'"
set -euo pipefail
export STREAMS=${SLURM_CPUS_PER_TASK:-1}
# Slurm runs a copy of this file, which lies elsewhere.
exec "${SLURM_SUBMIT_DIR:?set by Slurm}/generate_part.sh" "${SLURM_ARRAY_TASK_ID:?submit it with --array}"
