// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <memory>

#include "octocal/base/error.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/study/tuning.hpp"
#include "octocal/trainer/training_options.hpp"

namespace octocal::cli {
namespace {

/// What --plan asks for: the generator of --from in these precisions, in OUT/quantized.onnx, where a run that is resumed
/// finds it.
void quantize_by_plan(train::TrainingRequest& request) {
  if (!request.quantized.empty())
    throw bad_input("--plan, --quantized: both say how layers are quantized; leave one out");
  study::QuantizationSettings settings;
  settings.model = request.start_from;
  settings.plan = study::read_plan(request.plan);
  settings.check_showers = 0;
  settings.warn_unchecked = false;  // the training looks at held-out showers
  settings.calibration.seed = request.training.seed;
  std::filesystem::create_directories(request.out);
  request.quantized = (std::filesystem::path(request.out) / "quantized.onnx").string();
  if (request.training.resume && std::filesystem::exists(request.quantized)) return;
  model::write_onnx(study::quantize(settings).model.graph, request.quantized);
}

std::function<void()> define_train(App& app) {
  auto request = std::make_shared<train::TrainingRequest>();
  trainer::add_training_options(app, *request);
  return [request] {
    if (request->quantization_aware && !request->plan.empty() && !request->start_from.empty())
      quantize_by_plan(*request);
    train::run_training(*request);
  };
}

constexpr const char* kTrainExamples =
    "  octocal train --data 'geant4/electrons_*.h5' --out run1 --threads 8\n"
    "  octocal train --data 'geant4/electrons_*.h5' --out run1 --threads 8 --resume\n"
    "  octocal train --data electrons.pack --out run2 --device cuda --precision bf16 --patience 40\n"
    "  octocal train --data 'geant4/electrons_*.h5' --out run3 --recipe best --critic-from 3000\n"
    "  octocal train --dump-network > network.toml    # then, with its sizes changed, --network network.toml\n"
    "  octocal train --from run1/best.ckpt --export generator.onnx\n"
    "  octocal train --quantization-aware --from generator.onnx --plan plan.json --out tuned --threads 0";

const Verb train_verb({"train", "train a generator on Geant4 showers, or export a checkpoint", kTrainExamples,
                       define_train});

}  // namespace
}  // namespace octocal::cli
