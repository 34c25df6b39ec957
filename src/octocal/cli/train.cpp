#include "octocal/train/training.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>

#include "octocal/base/error.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/cli/verb_options.hpp"

namespace octocal::cli {
namespace {

constexpr const char* kExamples =
    "  octocal train --data 'geant4/electrons_*.h5' --out run1 --threads 8\n"
    "  octocal train --data 'geant4/electrons_*.h5' --out run1 --threads 8 --resume\n"
    "  octocal train --from run1/best.ckpt --export generator.onnx";

struct Settings {
  train::TrainingSettings training;
  std::string out = "training";
  std::string start_from;
  std::string export_file;
  std::int64_t calibration_showers = 4000;
};

void run(Settings settings) {
  auto& training = settings.training;
  training.out = settings.out;
  training.start_from = settings.start_from;
  if (training.threads == 0) training.threads = usable_cores();
  std::filesystem::path checkpoint = settings.start_from;
  if (!training.data.empty()) {
    if (training.resume && !settings.start_from.empty())
      throw bad_input("--resume and --from: only one can say where to start; leave one out");
    train::train(training);
    checkpoint = training.out / "best.ckpt";
  } else if (settings.export_file.empty() || settings.start_from.empty()) {
    throw bad_input("nothing to train on; give --data FILE..., or --from CHECKPOINT with --export FILE");
  }
  if (!settings.export_file.empty())
    train::export_checkpoint(checkpoint, settings.export_file, settings.calibration_showers, training.threads);
}

std::function<void()> define(CLI::App& app) {
  auto settings = std::make_shared<Settings>();
  auto& training = settings->training;
  app.add_option("--data", training.data, "HDF5 files of Geant4 showers, or globs")->type_name("FILE");
  app.add_option("-o,--out", settings->out, "Folder for metrics.jsonl, last.ckpt and best.ckpt")->type_name("FOLDER");
  app.add_option("--recipe", training.recipe,
                 "best: pairs of showers and latents, latents on the sphere, critic if wanted; paper: the game of "
                 "Rehm et al. 2021")
      ->check(CLI::IsMember({"best", "paper"}));
  app.add_option("--steps", training.steps, "Optimiser steps in all")->check(CLI::Range(1, 100000000));
  app.add_option("--schedule-steps", training.schedule_steps,
                 "Steps over which the rates fall (recipe best); 0: as --steps. Give it to train in several parts")
      ->check(CLI::Range(0, 100000000));
  app.add_option("--steps-per-epoch", training.steps_per_epoch, "Steps between two looks at the physics")
      ->check(CLI::Range(1, 100000000));
  app.add_option("--batch", training.batch, "Showers a step; 0: the recipe's own (best 16, paper 128)")
      ->check(CLI::Range(0, 65536));
  app.add_option("--rate", training.rate, "Learning rate of the generator; 0: the recipe's own (best 0.01, paper 5e-4)")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--critic-from", training.critic_from,
                 "Step at which the critic on features and the energy distance join (recipe best); negative: never");
  app.add_option("--critic-weight", training.critic_weight, "Weight of the critic's loss; negative: the recipe's own");
  app.add_option("--validation-share", training.validation_share,
                 "Share of the showers that is held out to choose the best epoch (by a hash of the shower)")
      ->check(CLI::Range(0.001, 0.9));
  app.add_option("--judged-showers", training.judged_showers, "Showers generated to judge an epoch")
      ->check(CLI::Range(16, 1000000));
  app.add_flag("--augment,!--no-augment", training.augment,
               "Use the eight transverse symmetries of a normal-incidence sample");
  app.add_option("--threads", training.threads, "Threads; 0: as many as there are cores")->check(CLI::Range(0, 1024));
  app.add_flag("--resume", training.resume,
               "Go on from OUT/last.ckpt: ends with the same bits as a run without a break");
  app.add_option("--from", settings->start_from, "A checkpoint to start from (same recipe, other settings allowed)")
      ->type_name("CHECKPOINT");
  app.add_option("--export", settings->export_file, "Write the best epoch (or, without --data, --from) as ONNX")
      ->type_name("FILE");
  app.add_option("--calibration-showers", settings->calibration_showers,
                 "Showers that correct the mean response before the export; 0: leave it as trained")
      ->check(CLI::Range(0, 10000000));
  add_seed(app, training.seed);
  return [settings] { run(*settings); };
}

const Verb verb({"train", "train a generator on Geant4 showers, or export a checkpoint", kExamples, define});

}  // namespace
}  // namespace octocal::cli
