// SPDX-License-Identifier: Apache-2.0
#include "octocal/trainer/training_options.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>

namespace octocal::trainer {
namespace {

using command_line::from_to;

constexpr std::int64_t kMostSteps = 100000000;

/// An option whose value is the recipe's own where `word`, which the help names, or nothing is given.
template <typename Number>
CLI::Option* add_with_recipes_own(CLI::App& app, const char* name, std::optional<Number>& value, Number word,
                                  const char* help) {
  const auto take = [&value, word](const Number& given) {
    value = given;
    if (word < 0 ? given < 0 : given == word) value.reset();
  };
  return app.add_option_function<Number>(name, take, help)->default_str(fmt::format("{}", word));
}

}  // namespace

void add_training_options(command_line::App& app, train::TrainingRequest& request) {
  using Whole = std::int64_t;
  auto& training = request.training;
  const auto steps = from_to(Whole{0}, kMostSteps);
  const auto at_least_one = from_to(Whole{1}, kMostSteps);
  app.add_inputs("--data", training.data, "Geant4 showers: HDF5 files or files of octocal pack, or globs");
  app.add_option("-o,--out", request.out, "Folder for metrics.jsonl, training.html, last.ckpt and best.ckpt")
      ->type_name("FOLDER");
  app.declare_files([&request](RunFiles& files) {
    if (!request.training.data.empty())  // else it is an export alone
      files.fills("--out", request.out, {"metrics.jsonl", "training.html", "last.ckpt", "best.ckpt"});
  });
  app.add_option(
         "--recipe", request.recipe,
         "cells: a network for profiles, then the likelihood of every cell, as models/cells.onnx was trained; best: "
         "that for profiles, then pairs of showers and latents and a critic of cells, as models/generator.onnx was; "
         "paper: that of Rehm et al. 2021. Without it, that of the checkpoint or model that it starts from, best for a "
         "network file of architecture conv2d or conv3d, else cells")
      ->check(CLI::IsMember({"cells", "best", "paper"}));
  app.add_input("--network", request.network_file,
                "Cells of the calorimeter and layers of the networks (TOML, docs/networks.md); without it, those of "
                "25x25x25 cells");
  app.add_flag("--dump-network", request.dump_network,
               "Print the recipe's networks as a file for --network, with comments, and stop");
  app.add_option("--architecture", request.architecture,
                 "Of recipes best and paper. conv2d: the paper's three branches; conv3d: the older network")
      ->check(CLI::IsMember({"conv2d", "conv3d"}));
  app.add_option("--steps", request.steps, "Optimiser steps in all; without it 10,000, with --quantization-aware 400")
      ->check(at_least_one);
  add_with_recipes_own(
      app, "--schedule-steps", training.schedule_steps, Whole{0},
      "Steps over which the rates fall (recipes cells, best); 0: as --steps. Give it to train in several parts")
      ->check(steps);
  app.add_option("--steps-per-epoch", training.steps_per_epoch, "Steps between two looks at the physics")
      ->check(at_least_one);
  add_with_recipes_own(app, "--batch", training.batch, Whole{0},
                       "Showers a step; 0: the recipe's own (cells 64, best 16, paper 128)")
      ->check(from_to(Whole{0}, Whole{65536}));
  add_with_recipes_own(app, "--rate", training.rate, 0.0,
                       "Learning rate of the generator; 0: the recipe's own (cells 1e-3, best 0.01, paper 5e-4)")
      ->check(from_to(0.0, 1.0));
  add_with_recipes_own(
      app, "--profile-steps", training.profile_steps, Whole{-1},
      "Steps of the profile network, before all others (recipes cells, best); negative: the recipe's own");
  add_with_recipes_own(app, "--critic-from", training.critic_from, Whole{-1},
                       "Step at which the critic of cells joins (recipe best); negative: the recipe's own, beyond "
                       "--steps: never");
  add_with_recipes_own(app, "--critic-weight", training.critic_weight, -1.0,
                       "Weight of the critic's loss (recipe best); negative: the recipe's own");
  app.add_option("--validation-share", training.validation_share,
                 "Share of the showers that is held out to choose the best epoch (by a hash of the shower)")
      ->check(from_to(0.001, 0.9));
  app.add_option("--judged-showers", training.judged_showers, "Showers generated to judge an epoch")
      ->check(from_to(Whole{16}, Whole{1000000}));
  app.add_option("--patience", training.patience,
                 "Epochs without better physics after which the training ends; 0: never")
      ->check(from_to(Whole{0}, Whole{1000000}));
  app.add_flag("--augment,!--no-augment", training.augment,
               "Use the transverse symmetries of a normal-incidence sample");
  app.add_option(
         "--memory", request.memory,
         "Memory for the showers' cells (8G, 500M): what is beyond it is streamed from disk in a shuffled order; "
         "0: all in memory")
      ->type_name("BYTES");
  app.add_option("--threads", training.threads, "Threads; 0: as many as there are cores")
      ->check(from_to(Whole{0}, Whole{1024}));
  app.add_option("--device", training.device, "cpu, cuda or cuda:N");
  app.add_option("--precision", training.precision,
                 "Of the convolutions: float32, or bf16 (factors in bfloat16, sums and weights in float32)")
      ->check(CLI::IsMember({"float32", "bf16"}));
  app.add_flag("--tf32,!--no-tf32", training.tf32, "On a GPU, let float32 products round their factors to TF32");
  app.add_flag("--resume", training.resume,
               "Go on from OUT/last.ckpt: ends with the same bits as a run without a break");
  app.add_input("--from", request.start_from,
                "A checkpoint to start from (same recipe, other settings allowed); with --quantization-aware a float32 "
                "generator")
      ->type_name("CHECKPOINT");
  app.add_input("--init", request.initial, "An exported float32 generator whose weights the training starts from")
      ->type_name("MODEL");
  app.add_option("--first-step", training.first_step, "With --init: the step at which the schedule is entered")
      ->check(steps);
  app.add_output("--export", request.export_file, "Write the best epoch (or, without --data, --from) as ONNX");
  app.add_flag("--quantization-aware", request.quantization_aware,
               "Train the quantized generator --quantized towards the float32 one that it was made from (--from); no "
               "showers are needed. Showers a step 8, rate 1e-3 of a tensor's size, where they are not given");
  app.add_input("--quantized", request.quantized, "With --quantization-aware: what quantize or tune made of --from")
      ->type_name("MODEL");
  app.add_input("--plan", request.plan,
                "With --quantization-aware, in place of --quantized: precision of each layer (JSON as tune writes it); "
                "--from is quantized so first, to OUT/quantized.onnx")
      ->type_name("PLAN");
  app.add_flag("--learn-scales", request.learned_scales,
               "With --quantization-aware: train the scales of values and weights, too (learned step sizes)");
  app.add_option(
         "--calibration-showers", request.calibration_showers,
         "Showers that calibrate mean cells and hits (recipe paper: the mean response) before the export; 0: as "
         "trained")
      ->check(from_to(Whole{0}, Whole{10000000}));
  app.add_option("--seed", training.seed, "Seed of all random numbers: the same seed, the same result")->type_name("N");
}

}  // namespace octocal::trainer
