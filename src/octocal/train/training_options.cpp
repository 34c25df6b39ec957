// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/training_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "octocal/base/error.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/model/architecture.hpp"

namespace octocal::train {

std::vector<TrainingOption> training_options(TrainingRequest& request) {
  auto& training = request.training;
  return {
      {"--data", "Geant4 showers: HDF5 files or files of octocal pack, or globs", "FILE", &training.data},
      {"-o,--out", "Folder for metrics.jsonl, training.html, last.ckpt and best.ckpt", "FOLDER", &request.out},
      {"--recipe",
       "best: a network for profiles, then pairs of showers and latents and a critic of cells; paper: that of Rehm et "
       "al. "
       "2021",
       "",
       &training.recipe,
       0,
       0,
       {"best", "paper"}},
      {"--network",
       "Cells of the calorimeter and layers of the networks (TOML, docs/networks.md); without it, those of Rehm et al. "
       "2021",
       "FILE", &request.network_file},
      {"--dump-network", "Print the networks as a file for --network, with comments, and stop", "",
       &request.dump_network},
      {"--architecture",
       "conv2d: the paper's three branches; conv3d: the older network",
       "",
       &request.architecture,
       0,
       0,
       {"conv2d", "conv3d"}},
      {"--steps", "Optimiser steps in all", "", &training.steps, 1, 1e8},
      {"--schedule-steps",
       "Steps over which the rates fall (recipe best); 0: as --steps. Give it to train in several parts", "",
       &training.schedule_steps, 0, 1e8},
      {"--steps-per-epoch", "Steps between two looks at the physics", "", &training.steps_per_epoch, 1, 1e8},
      {"--batch", "Showers a step; 0: the recipe's own (best 16, paper 128)", "", &training.batch, 0, 65536},
      {"--rate", "Learning rate of the generator; 0: the recipe's own (best 0.01, paper 5e-4)", "", &training.rate, 0,
       1},
      {"--profile-steps", "Steps of the profile network, before all others (recipe best); negative: the recipe's own",
       "", &training.profile_steps},
      {"--critic-from",
       "Step at which the critic of cells joins (recipe best); negative: the recipe's own, beyond --steps: never", "",
       &training.critic_from},
      {"--critic-weight", "Weight of the critic's loss; negative: the recipe's own", "", &training.critic_weight},
      {"--validation-share", "Share of the showers that is held out to choose the best epoch (by a hash of the shower)",
       "", &training.validation_share, 0.001, 0.9},
      {"--judged-showers", "Showers generated to judge an epoch", "", &training.judged_showers, 16, 1e6},
      {"--patience", "Epochs without better physics after which the training ends; 0: never", "", &training.patience, 0,
       1e6},
      {"--augment,!--no-augment", "Use the transverse symmetries of a normal-incidence sample", "", &training.augment},
      {"--memory",
       "Memory for the showers' cells (8G, 500M): what is beyond it is streamed from disk in a shuffled order; 0: all "
       "in memory",
       "BYTES", &request.memory},
      {"--threads", "Threads; 0: as many as there are cores", "", &training.threads, 0, 1024},
      {"--device", "cpu, cuda or cuda:N", "", &training.device},
      {"--precision",
       "Of the convolutions: float32, or bf16 (factors in bfloat16, sums and weights in float32)",
       "",
       &training.precision,
       0,
       0,
       {"float32", "bf16"}},
      {"--tf32,!--no-tf32", "On a GPU, let float32 products round their factors to TF32", "", &training.tf32},
      {"--resume", "Go on from OUT/last.ckpt: ends with the same bits as a run without a break", "", &training.resume},
      {"--from", "A checkpoint to start from (same recipe, other settings allowed)", "CHECKPOINT", &request.start_from},
      {"--init", "An exported float32 generator whose weights the training starts from", "MODEL", &request.initial},
      {"--first-step", "With --init: the step at which the schedule is entered", "", &training.first_step, 0, 1e8},
      {"--export", "Write the best epoch (or, without --data, --from) as ONNX", "FILE", &request.export_file},
      {"--calibration-showers",
       "Showers that calibrate mean cells and hits (recipe paper: the mean response) before the export; 0: as trained",
       "", &request.calibration_showers, 0, 1e7},
      {"--seed", "Seed of all random numbers: the same seed, the same result", "N", &training.seed},
  };
}

std::size_t parse_memory(const std::string& text) {
  if (text.empty()) return 0;
  double number = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, number);
  const std::string unit(rest, end);
  const double factor = unit.empty() || unit == "B" ? 1
                        : unit == "K"               ? 1e3
                        : unit == "M"               ? 1e6
                        : unit == "G"               ? 1e9
                        : unit == "T"               ? 1e12
                                                    : 0;
  if (failure != std::errc() || factor == 0 || !(number >= 0) || number * factor > 1e15)
    throw bad_input(fmt::format("--memory {}: not a size; write 8G, 500M or a number of bytes", text));
  return static_cast<std::size_t>(number * factor);
}

void run_training(TrainingRequest request) {
  auto& training = request.training;
  training.out = request.out;
  training.start_from = request.start_from;
  training.initial = request.initial;
  training.memory_bytes = parse_memory(request.memory);
  if (training.threads == 0) training.threads = usable_cores();
  if (!request.network_file.empty()) training.network = model::read_network(request.network_file);
  if (request.architecture == "conv3d" && !request.network_file.empty())
    throw bad_input(
        "--architecture conv3d: has its own layers and 25x25x25 cells; leave --network out, or write architecture = "
        "\"conv3d\" in its file");
  if (!request.architecture.empty())
    training.network.generator.architecture = *model::parse_architecture(request.architecture);
  if (request.dump_network) {
    std::fputs(model::network_text(training.network).c_str(), stdout);
    return;
  }
  if ((training.resume ? 1 : 0) + (request.start_from.empty() ? 0 : 1) + (request.initial.empty() ? 0 : 1) > 1)
    throw bad_input("--resume, --from and --init: only one can say where to start; leave the others out");
  if (training.first_step > 0 && request.initial.empty())
    throw bad_input("--first-step: only goes with --init (a checkpoint knows its step); leave it out");
  std::filesystem::path checkpoint = request.start_from;
  if (!training.data.empty()) {
    train(training);
    checkpoint = training.out / "best.ckpt";
  } else if (request.export_file.empty() || request.start_from.empty()) {
    throw bad_input("nothing to train on; give --data FILE..., or --from CHECKPOINT with --export FILE");
  }
  if (!request.export_file.empty())
    export_checkpoint(checkpoint, request.export_file, request.calibration_showers, training.threads);
}

}  // namespace octocal::train
