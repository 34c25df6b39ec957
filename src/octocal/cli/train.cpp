// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>
#include <type_traits>
#include <variant>

#include "octocal/cli/verb.hpp"
#include "octocal/train/training_options.hpp"

namespace octocal::cli {
namespace {

/// One row of the trainer's table (train/training_options.hpp) as an option of CLI11.
void add_option(CLI::App& app, const train::TrainingOption& option) {
  std::visit(
      [&](auto* value) {
        using Value = std::remove_pointer_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, bool>) {
          app.add_flag(option.names, *value, option.help);
        } else {
          auto* added = app.add_option(option.names, *value, option.help);
          if (!option.type.empty()) added->type_name(option.type);
          if (!option.choices.empty()) added->check(CLI::IsMember(option.choices));
          if constexpr (std::is_floating_point_v<Value>) {
            if (option.least < option.most) added->check(CLI::Range(option.least, option.most));
          } else if constexpr (std::is_integral_v<Value>) {
            if (option.least < option.most)
              added->check(CLI::Range(static_cast<std::int64_t>(option.least), static_cast<std::int64_t>(option.most)));
          }
        }
      },
      option.value);
}

std::function<void()> define(App& app) {
  auto request = std::make_shared<train::TrainingRequest>();
  for (const auto& option : train::training_options(*request)) add_option(app, option);
  return [request] { train::run_training(*request); };
}

const Verb verb({"train", "train a generator on Geant4 showers, or export a checkpoint", train::kTrainingExamples,
                 define});

}  // namespace
}  // namespace octocal::cli
