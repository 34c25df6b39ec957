// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "octocal/train/checkpoint.hpp"
#include "octocal/train/recipe.hpp"
#include "octocal/train/training_watch.hpp"

namespace octocal::train {

/// Where a run stands, apart from its tensors.
struct Standing {
  std::int64_t next_step = 0;
  std::int64_t judged_step = 0;  ///< last step whose physics was looked at
  double best_score = 1e9;       ///< of best_step; smaller is better
  double best_error = 0;         ///< its statistical error
  std::int64_t best_step = -1;
  std::int64_t worse_epochs = 0;  ///< since best_step
  WatchState watch;
  nlohmann::json history = nlohmann::json::array();  ///< [step, score, its error] of every epoch
};

/// As a checkpoint has it. standing_of() takes those of all versions; errors: nlohmann::json::exception.
nlohmann::json to_json(const Standing& standing);
Standing standing_of(const nlohmann::json& state);

/// A run's folder: metrics.jsonl (a line per epoch), last.ckpt and best.ckpt. `about` (settings, data, response) goes
/// into every checkpoint.
class Journal {
 public:
  Journal(std::filesystem::path folder, nlohmann::json about) : folder_(std::move(folder)), about_(std::move(about)) {}

  std::filesystem::path last() const { return folder_ / "last.ckpt"; }
  const nlohmann::json& about() const { return about_; }
  std::filesystem::path best() const { return folder_ / "best.ckpt"; }
  std::filesystem::path metrics() const { return folder_ / "metrics.jsonl"; }
  std::filesystem::path page() const { return folder_ / "training.html"; }

  void save(const Recipe& recipe, const Standing& standing, const std::filesystem::path& file,
            const nlohmann::json& physics = {}) const;

  /// Puts a checkpoint's state into the recipe. If `same_run`, the settings that decide the numbers must be the same
  /// (resume_check.hpp), and `about` takes over where that run had started from. Errors: bad_input for another recipe's
  /// or another run's checkpoint.
  Standing load(Recipe& recipe, const std::filesystem::path& file, bool same_run);

  /// Appends a line to metrics.jsonl. Errors: bad_input if it cannot be written.
  void note(const nlohmann::json& line) const;

  /// The lines of the current run: from the last one that says "about" on. Lines that are not JSON (cut by a crash) are
  /// left out.
  std::vector<nlohmann::json> lines() const;

  /// Drops lines about steps after `step`, which a killed run has written and a resumed one will write again. True if a
  /// line with "about" is left.
  bool forget_after(std::int64_t step) const;

 private:
  std::filesystem::path folder_;
  nlohmann::json about_;
};

/// The generator and the record of its training inside a checkpoint: what export needs, without the training data.
struct StoredGenerator {
  TrainedGenerator generator;
  nlohmann::json about;    ///< as given to the Journal
  nlohmann::json physics;  ///< validation physics when it was saved, or null
  Standing standing;
  TensorMap geant4;  ///< what the recipe keeps of the training sample (cell_calibration.hpp), or empty
};
StoredGenerator read_stored_generator(const std::filesystem::path& file);

}  // namespace octocal::train
