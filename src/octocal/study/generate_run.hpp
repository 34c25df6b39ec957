// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include "octocal/base/progress.hpp"
#include "octocal/engine/shower_generator.hpp"
#include "octocal/study/generate_inputs.hpp"
#include "octocal/study/generate_to_file.hpp"
#include "octocal/study/open_model.hpp"

namespace octocal::study {

/// generate_to_file() in two steps, so that one model, compiled once, makes several parts of its sample.
class GenerateRun {
 public:
  /// Checks the settings, reads the model and opens its inputs. Errors: bad_input, as generate_to_file.
  explicit GenerateRun(const GenerateSettings& settings);

  /// First of the inputs' showers that are asked for.
  std::size_t first() const noexcept { return static_cast<std::size_t>(settings_.first_shower); }
  /// How many are asked for.
  std::size_t showers() const noexcept { return showers_; }
  /// What the file's attribute octocal.settings says of the whole.
  std::string recipe() const;
  /// Hash of the model.
  const std::string& model_hash() const noexcept { return model_.hash; }

  /// What the result of make() says but for its hash and time. Errors: bad_input naming the model.
  GenerateResult describe(std::size_t first, std::size_t showers);

  /// Makes showers first .. first + showers - 1 of the inputs; `output` "": they are only hashed. The file is the one
  /// that generate_to_file writes with these first_shower and showers. `progress` counts the showers of all calls.
  /// Errors: as generate_to_file.
  GenerateResult make(std::size_t first, std::size_t showers, const std::string& output, Progress& progress);

 private:
  GenerateSettings settings_;
  OpenModel model_;
  std::unique_ptr<GenerateInputs> inputs_;
  std::unique_ptr<engine::ShowerGenerator> generator_;
  std::size_t showers_ = 0, made_ = 0;
};

}  // namespace octocal::study
