// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/open_model.hpp"

#include <fmt/format.h>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"
#include "octocal/model/energy_range.hpp"
#include "octocal/model/onnx_file.hpp"

namespace octocal::study {
namespace {

constexpr std::size_t kLargestBatch = 1024;

}  // namespace

OpenModel open_model(const std::string& file, const std::map<std::string, std::string>& model_info) {
  OpenModel model;
  model.file = file;
  model.graph = model::read_onnx(file);
  model.info = model::read_generator_info(model.graph, file, model_info);
  model::warn_of_assumptions(model.info, file);
  model.hash = model::graph_hash(model.graph);
  model.info_given = !model_info.empty();
  return model;
}

void check_energy_range(const OpenModel& model, double low_gev, double high_gev, bool extrapolate) {
  model::check_energy_range(model.info, model.file, low_gev, high_gev, extrapolate);
  if (!model::covers(model.info, low_gev, high_gev))
    log_warning(
        fmt::format("{}: energies from {:.6g} to {:.6g} GeV are outside the model's range ({:.6g} to {:.6g} GeV): "
                    "these showers are "
                    "extrapolated",
                    model.file, low_gev, high_gev, model.info.energy_min_gev, model.info.energy_max_gev));
}

std::unique_ptr<engine::ShowerGenerator> make_generator(const OpenModel& model, const EngineSettings& settings,
                                                        std::uint64_t seed) {
  if (settings.batch < 1 || settings.batch > kLargestBatch)
    throw bad_input(fmt::format("{}: a batch of {} showers (it must be from 1 to {}); 8 serves well", model.file,
                                settings.batch, kLargestBatch));
  engine::GeneratorOptions options;
  options.streams = settings.streams;
  options.batch = settings.batch;
  options.seed = seed;
  options.origin = model.file;
  options.extrapolate = settings.extrapolate;
  options.affinity = settings.affinity;
  auto generator = std::make_unique<engine::ShowerGenerator>(model.graph, model.info, options);
  engine::warn_of_remarks(generator->program());
  return generator;
}

}  // namespace octocal::study
