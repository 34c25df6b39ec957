// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/quantizer.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/quant/bias_correction.hpp"
#include "octocal/quant/calibration.hpp"
#include "octocal/quant/output_gain.hpp"

namespace octocal::quant {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "" : ", ") + name;
  return all;
}

std::vector<std::string> names_of(const Structure& structure) {
  std::vector<std::string> names;
  for (const auto& layer : structure.layers) names.push_back(layer.name);
  return names;
}

/// Multiply-accumulates a shower: each weight of a Conv is used at each pixel of its output, of a ConvTranspose at each
/// pixel of its input.
std::map<std::string, std::uint64_t> count_macs(const model::Graph& graph, const Structure& structure,
                                                const std::string& origin) {
  const auto values = model::infer_shapes(graph, origin);
  std::map<std::string, std::uint64_t> macs;
  for (const auto& layer : structure.layers) {
    const auto& image = values.at(layer.op == "Conv" ? layer.convolution : layer.input).shape;
    std::uint64_t count = model::elements(graph.constant(layer.weight)->shape);
    for (std::size_t axis = 2; axis < image.size(); ++axis) count *= static_cast<std::uint64_t>(image[axis]);
    macs[layer.name] = count;
  }
  return macs;
}

}  // namespace

Quantizer::Quantizer(const model::Graph& graph, ShowerInputs calibration, const QuantizeOptions& options,
                     Backend backend, std::string origin)
    : graph_(without_identities(graph)),
      structure_(find_structure(graph_, origin)),
      calibration_(std::move(calibration)),
      options_(options),
      backend_(std::move(backend)),
      origin_(std::move(origin)),
      macs_(count_macs(graph_, structure_, origin_)) {
  if (calibration_.size() == 0) throw bad_input(fmt::format("{}: no calibration showers; give at least one", origin_));
  std::vector<std::string> values;
  for (const auto& site : structure_.sites) values.insert(values.end(), site.values.begin(), site.values.end());
  const auto seen = observe_ranges(graph_, values, calibration_, backend_, origin_);
  for (const auto& site : structure_.sites)
    for (const auto& value : site.values) ranges_[site.name].include(seen.at(value));
}

std::vector<std::string> Quantizer::layer_names() const { return names_of(structure_); }

std::vector<std::string> layer_names(const model::Graph& graph, const std::string& origin) {
  return names_of(find_structure(without_identities(graph), origin));
}

model::PrecisionPlan Quantizer::plan(model::Precision precision, const std::set<std::string>& keep_float32) const {
  const auto names = layer_names();
  for (const auto& name : keep_float32)
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw bad_input(
          fmt::format("{}: no layer {} (to stay in float32); the layers are {}", origin_, name, joined(names)));
  model::PrecisionPlan plan;
  for (const auto& name : names) plan[name] = keep_float32.contains(name) ? model::Precision::kFloat32 : precision;
  return plan;
}

model::PrecisionPlan Quantizer::effective(const model::PrecisionPlan& wanted) const {
  const auto names = layer_names();
  for (const auto& [name, precision] : wanted)
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw bad_input(
          fmt::format("{}: no layer {} (of the precision plan); the layers are {}", origin_, name, joined(names)));
  auto plan = wanted;
  for (const auto& name : names) plan.try_emplace(name, model::Precision::kFloat32);
  return effective_plan(graph_, structure_, plan);
}

QuantizedModel Quantizer::build(const model::PrecisionPlan& wanted, bool corrected) const {
  Recipe recipe{options_.activations, options_.weights, ranges_, effective(wanted), {}, {}};
  const bool integers = std::any_of(recipe.plan.begin(), recipe.plan.end(),
                                    [](const auto& layer) { return model::is_integer(layer.second); });
  if (corrected && integers) {
    recipe.corrections = correct_biases(graph_, structure_, recipe, calibration_, backend_, origin_);
    recipe.gains = correct_outputs(graph_, structure_, recipe, calibration_, backend_, origin_);
  }

  QuantizedModel model;
  model.graph = insert_quantization(graph_, structure_, recipe);
  for (const auto& [site, precision] : stored_sites(graph_, structure_, recipe.plan)) {
    const auto& range = ranges_.at(site->name);
    model.sites.push_back(
        {site->name, site->values, precision, range, activation_grid(range, options_.activations, precision)});
  }
  for (const auto& layer : structure_.layers) {
    QuantizedLayer summary;
    summary.name = layer.name;
    summary.op = layer.op;
    summary.precision = precision_of(recipe.plan, layer.name);
    summary.macs = macs_.at(layer.name);
    summary.output = layer.output;
    if (model::is_integer(summary.precision))
      summary.weight_sqnr_db =
          quantize_weight(*graph_.constant(layer.weight), layer.weight_axis, options_.weights).sqnr_db;
    if (const auto shift = recipe.corrections.find(layer.name); shift != recipe.corrections.end())
      for (const float x : shift->second)
        summary.largest_correction = std::max(summary.largest_correction, static_cast<double>(std::abs(x)));
    if (const auto gain = recipe.gains.find(layer.name); gain != recipe.gains.end())
      for (const float x : gain->second)
        summary.largest_gain = std::max(summary.largest_gain, std::abs(static_cast<double>(x) - 1));
    model.layers.push_back(std::move(summary));
  }
  return model;
}

std::set<std::string> match_layers(const std::vector<std::string>& layers, const std::vector<std::string>& patterns) {
  std::set<std::string> matched;
  for (const auto& pattern : patterns) {
    bool any = false;
    for (const auto& layer : layers) {
      if (fnmatch(pattern.c_str(), layer.c_str(), 0) != 0) continue;
      matched.insert(layer);
      any = true;
    }
    if (!any) throw bad_input(fmt::format("no layer fits {}; the layers are {}", pattern, joined(layers)));
  }
  return matched;
}

}  // namespace octocal::quant
