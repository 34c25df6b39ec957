// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/quantizer.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/quant/bias_correction.hpp"
#include "octocal/quant/calibration.hpp"
#include "octocal/quant/cell_ranges.hpp"
#include "octocal/quant/float_range.hpp"
#include "octocal/quant/hits_correction.hpp"
#include "octocal/quant/output_gain.hpp"
#include "octocal/quant/reconstruction.hpp"

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
  const auto statistics = observe_statistics(graph_, values, calibration_, backend_, origin_);
  if (options_.equalization && options_.weights == WeightScheme::kPerChannel) {
    equalizations_ = find_equalizations(graph_, structure_, origin_);
    for (auto& equalization : equalizations_) choose_factors(graph_, structure_, statistics, equalization);
  }
  choose_ranges(statistics);
}

void Quantizer::choose_ranges(const std::map<std::string, ValueStatistics>& statistics) {
  std::map<std::string, Range> whole;
  for (const auto& site : structure_.sites) {
    auto& ranges = ranges_[site.name];
    for (const auto& value : site.values) ranges.seen.include(statistics.at(value).range());
    ranges.equalized = ranges.seen;
  }
  std::set<std::string> readers;
  for (const auto& equalization : equalizations_) {
    readers.insert(equalization.reader);
    ranges_.at(equalization.site).equalized = equalized_range(equalization, statistics);
  }
  for (auto& [site, ranges] : ranges_) {
    ranges.int8 = whole[site] = ranges.equalized;
    ranges.method = options_.ranges;
  }
  if (options_.ranges == RangeMethod::kMinMax) return;

  const auto graph = equalized(graph_, structure_, equalizations_, readers);
  if (options_.ranges == RangeMethod::kMovingAverage) {
    std::vector<std::string> values;
    for (const auto& site : structure_.sites) values.insert(values.end(), site.values.begin(), site.values.end());
    const auto moving = observe_statistics(graph, values, calibration_, backend_, origin_);
    for (const auto& site : structure_.sites) {
      ranges_.at(site.name).int8 = {};
      for (const auto& value : site.values) ranges_.at(site.name).int8.include(moving.at(value).moving);
    }
    return;
  }
  std::map<std::string, Range> chosen;
  for (const auto& [site, histogram] :
       observe_histograms(graph, structure_.sites, whole, calibration_, backend_, origin_)) {
    if (options_.ranges == RangeMethod::kPercentile)
      chosen[site] = percentile_range(histogram, options_.percentile);
    else if (options_.ranges == RangeMethod::kEntropy)
      chosen[site] = entropy_range(histogram);
    else
      chosen[site] = least_squares_range(histogram, options_.activations);
  }
  if (options_.ranges == RangeMethod::kCells)
    chosen = cell_ranges(graph, find_structure(graph, origin_), whole, chosen, options_.activations, calibration_,
                         backend_, origin_);
  for (const auto& [site, range] : chosen) ranges_.at(site).int8 = range;
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
  for (const auto& layer : structure_.layers) {
    const bool stays = keep_float32.contains(layer.name) || (!options_.transposed && layer.op == "ConvTranspose");
    const bool last = layer.is_last && precision == model::Precision::kInt8;
    plan[layer.name] = stays ? model::Precision::kFloat32 : last ? options_.last_layer : precision;
  }
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

std::set<std::string> Quantizer::equalized_readers(const std::set<std::string>& int8) const {
  std::set<std::string> readers;
  for (const auto& equalization : equalizations_)
    if (int8.contains(equalization.reader)) readers.insert(equalization.reader);
  return readers;
}

QuantizedModel Quantizer::build(const model::PrecisionPlan& wanted, bool corrected, Rounding rounding) const {
  Recipe recipe;
  recipe.activations = options_.activations;
  recipe.weights = options_.weights;
  recipe.plan = effective(wanted);
  for (const auto& [site, ranges] : ranges_) {
    recipe.ranges[site] = ranges.int8;
    recipe.ranges_16_bit[site] = ranges.seen;
  }
  check_float16_range(graph_, structure_, recipe.plan, recipe.ranges_16_bit, origin_);
  std::set<std::string> int8;
  for (const auto& [layer, precision] : recipe.plan)
    if (precision == model::Precision::kInt8) int8.insert(layer);
  const auto graph = equalized(graph_, structure_, equalizations_, int8);
  const auto structure = find_structure(graph, origin_);
  const bool integers = std::any_of(recipe.plan.begin(), recipe.plan.end(),
                                    [](const auto& layer) { return model::is_integer(layer.second); });
  std::map<std::string, ReconstructedLayer> learned;
  if (integers && rounding == Rounding::kLearned) {
    learned = reconstruct_layers(graph, structure, recipe, calibration_, backend_, origin_, usable_cores());
    for (const auto& [layer, weight] : learned) recipe.learned[layer] = weight.values;
  }
  if (corrected && integers) {
    auto& float32 = float32_[equalized_readers(int8)];
    recipe.corrections = correct_biases(graph, structure, recipe, calibration_, backend_, origin_, float32);
    const auto shifts = correct_hits(graph, structure, recipe, calibration_, backend_, origin_, float32);
    for (const auto& [layer, shift] : shifts) {
      auto& correction = recipe.corrections[layer];
      correction.resize(shift.size(), 0.0F);
      for (std::size_t c = 0; c < shift.size(); ++c) correction[c] += shift[c];
    }
    recipe.gains = correct_outputs(graph, structure, recipe, calibration_, backend_, origin_, float32);
    // relu(g (v + shift)) = g relu(v + shift): the gain of the weights has to be one of the shift, too.
    for (const auto& [layer, shift] : shifts)
      if (const auto gain = recipe.gains.find(layer); gain != recipe.gains.end())
        for (std::size_t c = 0; c < shift.size(); ++c)
          recipe.corrections[layer][c] *= gain->second[gain->second.size() == 1 ? 0 : c];
  }

  QuantizedModel model;
  model.graph = insert_quantization(graph, structure, recipe);
  for (const auto& [site, precision] : stored_sites(graph, structure, recipe.plan)) {
    const auto& ranges = ranges_.at(site->name);
    const bool coarse = precision == model::Precision::kInt8;
    const auto& range = recipe.range_of(site->name, precision);
    model.sites.push_back({site->name, site->values, precision, range, coarse ? ranges.equalized : ranges.seen,
                           coarse ? ranges.method : RangeMethod::kMinMax,
                           activation_grid(range, options_.activations, precision)});
  }
  for (const auto& layer : structure.layers) {
    QuantizedLayer summary;
    summary.name = layer.name;
    summary.op = layer.op;
    summary.precision = precision_of(recipe.plan, layer.name);
    summary.macs = macs_.at(layer.name);
    summary.output = layer.output;
    if (model::is_integer(summary.precision))
      summary.weight_sqnr_db =
          quantize_weight(*graph.constant(layer.weight), layer.weight_axis, options_.weights, summary.precision)
              .sqnr_db;
    if (const auto weight = learned.find(layer.name); weight != learned.end()) {
      summary.nearest_error = weight->second.nearest_error;
      summary.learned_error = weight->second.error;
    }
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
