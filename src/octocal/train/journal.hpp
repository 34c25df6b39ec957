#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "octocal/train/checkpoint.hpp"
#include "octocal/train/recipe.hpp"

namespace octocal::train {

/// Where a run stands, apart from its tensors.
struct Standing {
  std::int64_t next_step = 0;
  std::int64_t judged_step = 0;  ///< last step whose physics was looked at
  double best_score = 1e9;       ///< of best_step; smaller is better
  std::int64_t best_step = -1;
};

/// A run's folder: metrics.jsonl (a line per epoch), last.ckpt and best.ckpt. `about` (settings, data, response) goes
/// into every checkpoint.
class Journal {
 public:
  Journal(std::filesystem::path folder, nlohmann::json about) : folder_(std::move(folder)), about_(std::move(about)) {}

  std::filesystem::path last() const { return folder_ / "last.ckpt"; }
  std::filesystem::path best() const { return folder_ / "best.ckpt"; }

  void save(const Recipe& recipe, const Standing& standing, const std::filesystem::path& file,
            const nlohmann::json& physics = {}) const;

  /// Puts a checkpoint's state into the recipe. Errors: bad_input for another recipe's or another run's checkpoint: the
  /// settings that decide the numbers (recipe, seed, batch, data) must be the same if `same_run`.
  Standing load(Recipe& recipe, const std::filesystem::path& file, bool same_run) const;

  /// Appends a line to metrics.jsonl. Errors: bad_input if it cannot be written.
  void note(const nlohmann::json& line) const;

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
};
StoredGenerator read_stored_generator(const std::filesystem::path& file);

}  // namespace octocal::train
