// SPDX-License-Identifier: Apache-2.0
// octocal-train: `octocal train` alone, for machines that have libtorch and little else (docs/training.md).
#include <fmt/format.h>

#include <memory>

#include "octocal/base/machine.hpp"
#include "octocal/base/run_program.hpp"
#include "octocal/command_line/command.hpp"
#include "octocal/ranks/ranks.hpp"
#include "octocal/trainer/training_options.hpp"

namespace {

constexpr const char* kExamples =
    "  octocal-train --data electrons.pack --out run1 --device cuda --precision bf16\n"
    "  octocal-train --data electrons.pack --out run1 --device cuda --precision bf16 --resume\n"
    "  octocal-train --dump-network > network.toml    # then, with its sizes changed, --network network.toml";

std::function<void()> define(octocal::command_line::App& app) {
  auto request = std::make_shared<octocal::train::TrainingRequest>();
  octocal::trainer::add_training_options(app, *request);
  app.set_version_flag("--version", fmt::format("octocal-train {}", octocal::version()), "Version of octocal");
  return [request] { octocal::train::run_training(*request); };
}

}  // namespace

int main(int argc, char** argv) {
  octocal::prepare_process();
  const octocal::ranks::Session session;
  return octocal::run_program(
      [&] {
        octocal::command_line::run_command({"octocal-train", "train a generator on packed files", kExamples, define},
                                           {argv + 1, argv + argc});
      },
      "try a smaller --batch or --memory");
}
