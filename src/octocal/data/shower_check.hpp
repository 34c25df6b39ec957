// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <utility>

#include "octocal/data/shower_batch.hpp"

namespace octocal::data {

/// What every reader checks of the showers in one file, whatever its form: that they can be in GeV (energy_balance.hpp)
/// and are not empty. Errors: bad_input naming the file and the shower. Warnings are given once a process and file.
/// Thread-safe.
class ShowerCheck {
 public:
  ShowerCheck() = default;
  /// What a file of generated showers gets wrong is the model's, and for the user to see: warned of, never refused.
  ShowerCheck(std::string file, bool is_generated) : file_(std::move(file)), is_generated_(is_generated) {}

  /// Empty showers were told of already.
  void expect_empty() noexcept { tells_of_empty_ = false; }

  /// Fills a batch, whose size is set, with the showers from `first` on.
  using Read = std::function<void(std::size_t first, ShowerBatch& batch)>;
  /// Reads from the first shower on until one is not empty; refuses files that hold nothing else, and judges units.
  void look(const Geometry& geometry, std::size_t showers, const Read& read) const;

  /// Refuses a shower that leaves far more than it has; warns of the first that is empty. `first` is the number of the
  /// first shower; cells_gev holds those of energy_gev.size() showers.
  void pass(std::size_t first, std::span<const float> energy_gev, std::span<const float> cells_gev) const;

 private:
  void refuse_or_warn(const std::string& sentence) const;

  std::string file_;
  bool is_generated_ = false;
  bool tells_of_empty_ = true;
};

/// The same for the first showers that a model makes: warns once a process if they cannot be in GeV, or are all empty.
/// `model` names it in the sentence.
void warn_of_model_units(const std::string& model, const ShowerBatch& batch);

}  // namespace octocal::data
