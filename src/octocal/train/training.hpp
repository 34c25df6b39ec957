#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace octocal::train {

/// What `octocal train` is asked to do. No libtorch in this header.
struct TrainingSettings {
  std::vector<std::string> data;  ///< files or globs
  std::filesystem::path out;      ///< folder for metrics.jsonl, last.ckpt, best.ckpt
  std::string recipe = "best";    ///< "best" or "paper"
  std::int64_t steps = 10000;
  std::int64_t schedule_steps = 0;     ///< over which the rates fall; 0: steps
  std::int64_t steps_per_epoch = 250;  ///< between two looks at the physics
  std::int64_t batch = 0;              ///< 0: the recipe's own
  double rate = 0;                     ///< 0: the recipe's own
  std::int64_t critic_from = -1;       ///< step at which recipe best's critic joins; below 0: never
  double critic_weight = -1;           ///< below 0: the recipe's own
  std::uint64_t seed = 1;
  int threads = 1;
  double validation_share = 0.15;
  std::int64_t judged_showers = 768;  ///< generated per epoch to compare with the held-out ones
  bool augment = true;
  bool resume = false;               ///< go on from out/last.ckpt
  std::filesystem::path start_from;  ///< a checkpoint to take the state from (a warm start), "" for none
};

/// Runs the training to its end or until Ctrl-C. Writes out/metrics.jsonl (a line per epoch), out/last.ckpt (each epoch
/// and on Ctrl-C) and out/best.ckpt (the epoch with the best validation physics).
///
/// A run that is interrupted and resumed ends with the same bits as one that was not. Errors: bad_input (data, folder,
/// checkpoint); run_failed (the training broke down); Error(kInterrupted) after Ctrl-C, with the checkpoint saved.
void train(const TrainingSettings& settings);

/// Writes a checkpoint's generator as ONNX. `calibration_showers` showers measure the mean response first, and the
/// output scale is corrected so that it is Geant4's (0: left as trained). Errors: bad_input (checkpoint, output),
/// run_failed (the training has hardly begun).
void export_checkpoint(const std::filesystem::path& checkpoint, const std::filesystem::path& onnx,
                       std::int64_t calibration_showers, int threads);

}  // namespace octocal::train
