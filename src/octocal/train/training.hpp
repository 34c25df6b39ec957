// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "octocal/model/network_file.hpp"
#include "octocal/ranks/ranks.hpp"

namespace octocal::train {

/// What `octocal train` is asked to do. No libtorch in this header.
struct TrainingSettings {
  std::vector<std::string> data;  ///< files or globs, HDF5 or packed
  std::filesystem::path out;      ///< folder for metrics.jsonl, training.html, last.ckpt, best.ckpt
  std::string recipe = "cells";   ///< "cells", "best" or "paper"
  model::NetworkSpec network;     ///< sizes of images and networks
  std::int64_t steps = 10000;
  std::int64_t steps_per_epoch = 250;  ///< between two looks at the physics
  // Without a value: the recipe's own.
  std::optional<std::int64_t> schedule_steps;  ///< over which the rates fall; of recipes best and cells: steps
  std::optional<std::int64_t> batch;           ///< showers
  std::optional<double> rate;                  ///< of the generator
  std::optional<std::int64_t> critic_from;     ///< step at which recipe best's critic joins
  std::optional<std::int64_t> profile_steps;   ///< of the profile network of recipes best and cells
  std::optional<double> critic_weight;         ///< of recipe best
  std::uint64_t seed = 1;
  int threads = 1;
  std::string device = "cpu";         ///< "cpu", "cuda" or "cuda:N"
  std::string precision = "float32";  ///< of the convolutions: "float32" or "bf16"
  bool tf32 = true;                   ///< on a GPU: float32 products may round their factors to TF32
  std::size_t memory_bytes = 0;       ///< for the showers' cells, which are streamed beyond it; 0: all in memory
  double validation_share = 0.15;
  std::int64_t judged_showers = 768;  ///< generated per epoch to compare with the held-out ones
  std::int64_t patience = 0;          ///< epochs without better physics after which the training ends; 0: never
  bool augment = true;
  bool resume = false;               ///< go on from out/last.ckpt
  std::filesystem::path start_from;  ///< a checkpoint to take the state from (a warm start), "" for none
  std::filesystem::path initial;     ///< an exported generator (ONNX) to take the weights from, "" for none
  std::int64_t first_step = 0;       ///< of the schedule, with `initial`
};

/// Runs the training to its end or until Ctrl-C. Writes out/metrics.jsonl (a line per epoch), out/training.html (the
/// same as curves), out/last.ckpt (each epoch and on Ctrl-C) and out/best.ckpt (the epoch with the best validation
/// physics).
///
/// A run that is interrupted or killed and resumed ends with the same bits as one that was not. Two trainings into one
/// folder at once are refused (run_lock.hpp). Errors: bad_input (data, folder, checkpoint, device); run_failed when the training has broken down (NaN, showers that are empty or all
/// alike), naming the checkpoint that is good; Error(kInterrupted) after Ctrl-C, with the checkpoint saved.
///
/// Several ranks (recipe cells, on CPUs) share out each batch: the numbers of the run are those of one process but for
/// the rounding of sums, so a run may be resumed with another number of them. All read the data; rank 0 alone writes.
/// A meeting; errors: those of one rank, in all, and bad_input for what one process must do.
void train(const TrainingSettings& settings, ranks::Ranks& ranks = ranks::alone());

/// The recipe that a checkpoint was trained by. Errors: bad_input naming the file.
std::string recipe_of_checkpoint(const std::filesystem::path& file);

/// Writes a checkpoint's generator as ONNX. `calibration_showers` showers measure the mean response first, and the
/// output scale is corrected so that it is Geant4's (0: left as trained). Errors: bad_input (checkpoint, output),
/// run_failed (the training has hardly begun).
void export_checkpoint(const std::filesystem::path& checkpoint, const std::filesystem::path& onnx,
                       std::int64_t calibration_showers, int threads);

}  // namespace octocal::train
