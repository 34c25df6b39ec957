// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/validation_json.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "octocal/base/expect.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/data/response_shape.hpp"
#include "octocal/study/layers_json.hpp"

namespace octocal::study {
namespace {

using nlohmann::json;
using physics::Number;

/// Undefined is null: JSON has no NaN.
json finite(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

/// The float that is meant by "1e-6" as the double that is: JSON shows 1e-06, not 9.99999997e-07.
double in_decimals(float value) { return std::stod(fmt::format("{}", value)); }

json row(const std::vector<double>& values, std::size_t first, std::size_t count) {
  json array = json::array();
  for (std::size_t i = first; i < first + count; ++i) array.push_back(finite(values[i]));
  return array;
}

json matrix(const std::vector<double>& values, std::size_t columns) {
  json rows = json::array();
  for (std::size_t first = 0; first < values.size(); first += columns) rows.push_back(row(values, first, columns));
  return rows;
}

json bin_json(const physics::ResponseBin& bin) {
  json object{{"energy_low", bin.energy_low_gev}, {"energy_high", bin.energy_high_gev}, {"showers", bin.showers}};
  const auto put = [&](const char* name, const Number& number) {
    object[name] = bin.showers == 0 ? json(nullptr) : number_json(number);
  };
  put("mean", bin.mean);
  put("median", bin.median);
  put("std", bin.std);
  put("core_resolution", bin.core_resolution);
  put("tail_share", bin.tail_share);
  return object;
}

json bins_json(const std::vector<physics::ResponseBin>& bins) {
  json array = json::array();
  for (const auto& bin : bins) array.push_back(bin_json(bin));
  return array;
}

json observables_json(const std::vector<physics::Observable>& observables) {
  json object = json::object();
  for (const auto& observable : observables) {
    const auto& info = physics::feature_info(observable.feature);
    object[info.name] = {{"label", info.label},
                         {"unit", info.unit},
                         {"mean", number_json(observable.mean)},
                         {"std", number_json(observable.std)},
                         {"spread", number_json(observable.spread)},
                         {"histogram",
                          {{"edges", observable.histogram.edges},
                           {"counts", observable.histogram.counts},
                           {"below", observable.histogram.below},
                           {"above", observable.histogram.above}}}};
  }
  return object;
}

json comparison_json(const physics::Comparison& comparison) {
  json object = number_json(comparison.number);
  object["quantity"] = comparison.quantity;
  object["label"] = comparison.label;
  object["where"] = comparison.where;
  object["parts"] = comparison.parts.empty() ? 1 : comparison.parts.size();
  object["unjudged"] = comparison.unjudged;
  object["absolute"] = physics::is_absolute(comparison.quantity);
  return object;
}

json verdicts_json(const std::vector<physics::Verdict>& verdicts) {
  json array = json::array();
  for (const auto& verdict : verdicts) {
    json object = comparison_json(verdict.comparison);
    object["limit"] = verdict.limit;
    object["errors_allowed"] = verdict.errors;
    object["judged"] = verdict.judged;
    object["pass"] = verdict.pass;
    object["sentence"] = verdict.sentence;
    array.push_back(std::move(object));
  }
  return array;
}

json classifier_json(const std::optional<physics::ClassifierResult>& classifier) {
  if (!classifier) return nullptr;
  json object{{"auc", number_json(classifier->auc)},
              {"showers", classifier->showers},
              {"folds", classifier->folds},
              {"description", classifier->description}};
  if (const auto& training = classifier->training; training) {
    object["converged"] = training->converged;
    object["training_loss"] = finite(training->training_loss);
    object["held_out_auc"] = finite(training->held_out_area);
  }
  return object;
}

json feature_distances_json(const std::optional<physics::FeatureDistances>& distances) {
  if (!distances) return nullptr;
  return {{"fpd", number_json(distances->frechet)},
          {"kpd", number_json(distances->kernel)},
          {"showers", distances->showers},
          {"numbers", distances->numbers}};
}

json curve_json(const physics::Curve& curve, std::size_t count) {
  return {{"mean", row(curve.mean, 0, count)}, {"error", row(curve.error, 0, count)}};
}

json spectrum_json(const physics::Curve& spectrum) {
  json object = curve_json(spectrum, physics::kSpectrumBins);
  object["edges"] = physics::spectrum_edges_gev();
  object["above"] = finite(spectrum.mean.back());
  return object;
}

json excess_json(const physics::SampleResult& result) {
  json object = json::object();
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const auto& layers = result.neighbour_layers[axis];
    object[physics::kAxisNames[axis]] = number_json(result.neighbour_excess[axis]);
    object[physics::kAxisNames[axis]]["layers"] = curve_json(layers, layers.mean.size());
  }
  return object;
}

/// Numbers in three rows: what a layer each has.
json numbers_json(const std::vector<physics::Number>& numbers) {
  json object = {{"value", json::array()}, {"error", json::array()}, {"floor", json::array()}};
  for (const auto& number : numbers) {
    object["value"].push_back(finite(number.value));
    object["error"].push_back(finite(number.error));
    object["floor"].push_back(finite(number.floor));
  }
  return object;
}

json layer_histograms_json(const std::vector<physics::LayerHistogram>& histograms) {
  json object = json::object();
  const std::size_t nz = histograms.size() / physics::kLayerKinds;
  for (std::size_t kind = 0; kind < physics::kLayerKinds; ++kind) {
    const auto& info = physics::layer_kind_info(kind);
    object[info.name] = {{"label", info.label}, {"layers", json::array()}};
    for (std::size_t z = 0; z < nz; ++z) {
      const auto& one = histograms[kind * nz + z];
      object[info.name]["layers"].push_back({{"low", one.low},
                                             {"high", one.high},
                                             {"counts", one.counts},
                                             {"below", one.below},
                                             {"above", one.above},
                                             {"empty", one.empty}});
    }
  }
  return object;
}

json separation_json(const std::vector<physics::Separation>& separation) {
  if (separation.empty()) return nullptr;
  json object = json::object();
  for (const auto& one : separation) {
    object[one.name] = number_json(one.number);
    object[one.name]["label"] = one.label;
    if (!one.layers.empty()) object[one.name]["layers"] = numbers_json(one.layers);
    if (!one.worst_layer) continue;
    object[one.name]["worst_layer"] = number_json(*one.worst_layer);
    object[one.name]["worst_layer"]["layer"] = *one.worst;
  }
  return object;
}

json distances_json(const physics::NeighbourDistances& distances) {
  return {{"showers", distances.showers},
          {"smallest", finite(distances.smallest)},
          {"quantile_01", finite(distances.low)},
          {"median", number_json(distances.median, false)}};
}

json neighbours_json(const physics::NeighbourResult& result) {
  json object{{"set", result.set},
              {"set_showers", result.set_showers},
              {"orientations", result.orientations},
              {"to_set", distances_json(result.to_set)},
              {"held_out", distances_json(result.held_out)},
              {"within", distances_json(result.within)},
              {"geant4_within", distances_json(result.geant4_within)},
              {"closer", number_json(result.closer)},
              {"copies", result.copies},
              {"in_training", nullptr},
              {"overlap", result.overlap},
              {"repeats", result.repeats},
              {"sentence", result.sentence}};
  if (result.in_training) {
    object["in_training"] = number_json(*result.in_training, false);
    object["in_training"]["expected"] = finite(result.in_training_expected);
  }
  return object;
}

json change_json(const physics::Change& change) {
  json object = number_json(change.difference, false);
  object["base_error"] = finite(change.base_error);
  object["in_errors"] = finite(change.in_errors());
  return object;
}

json change_json(const physics::PairedChange& change, const physics::SampleResult& result, const std::string& against) {
  json object{{"against", against}, {"mse_apart", table4_json(change.apart)}};
  for (std::size_t i = 0; i < change.table3.size(); ++i)
    object["table3"][result.table3[i].name] = change_json(change.table3[i]);
  for (std::size_t i = 0; i < 3; ++i) object["table4"][physics::kPlaneNames[i]] = change_json(change.table4[i]);
  object["table4"]["mse_gev2"] = change_json(change.table4[3]);
  return object;
}

json display_json(const EventDisplay& display) {
  json cells = json::array();
  for (const auto& hit : display.hits) {
    // Six digits are all that a float has; they keep the file small.
    const double scale = std::pow(10.0, 5 - std::floor(std::log10(static_cast<double>(hit.gev))));
    cells.push_back({hit.x, hit.y, hit.z, std::round(static_cast<double>(hit.gev) * scale) / scale});
  }
  return {{"energy_gev", display.energy_gev}, {"shower", display.shower}, {"cells", std::move(cells)}};
}

template <typename T>
json optional_json(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json sample_json(const MeasuredSample& sample, const data::Geometry& geometry) {
  const auto& identity = sample.identity;
  const auto& result = sample.result;
  json object{{"name", identity.name},
              {"kind", identity.kind},
              {"file", identity.file},
              {"file_bytes", identity.file_bytes},
              {"showers", result.showers},
              {"model_hash", optional_json(identity.model_hash)},
              {"precision", optional_json(identity.precision)},
              {"seed", optional_json(identity.seed)},
              {"metadata", identity.metadata},
              {"layers", layers_json(identity.layers)}};
  const std::size_t columns[] = {geometry.ny, geometry.nz, geometry.nz};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& profile = result.profiles[i];
    object["profiles"][physics::kAxisNames[i]] = {{"mean", row(profile.mean, 0, profile.mean.size())},
                                                  {"error", row(profile.error, 0, profile.error.size())}};
    object["projections"][physics::kPlaneNames[i]] = {{"mean", matrix(result.projections[i].mean, columns[i])},
                                                      {"error", matrix(result.projections[i].error, columns[i])}};
  }
  object["table3"] = table3_json(result);
  object["table4"] = result.table4 ? table4_json(*result.table4) : json(nullptr);
  object["table5"] = sample.table5 ? table5_json(*sample.table5, sample.table5_against) : json(nullptr);
  object["change"] = sample.change ? change_json(*sample.change, result, sample.table5_against) : json(nullptr);
  object["response"] = bin_json(result.response);
  object["response_bins"] = bins_json(result.response_bins);
  object["resolution_bins"] = bins_json(result.resolution_bins);
  object["observables"] = observables_json(result.observables);
  object["layer_correlation"] = matrix(result.layer_correlation, geometry.nz);
  object["layer_correlation_difference"] =
      result.layer_correlation_difference ? number_json(*result.layer_correlation_difference) : json(nullptr);
  object["layer_correlation_largest"] = nullptr;
  if (result.layer_correlation_largest) {
    object["layer_correlation_largest"] = number_json(*result.layer_correlation_largest);
    object["layer_correlation_largest"]["layers"] = {result.layer_correlation_largest_at.first,
                                                     result.layer_correlation_largest_at.second};
  }
  object["classifier"] = {{"profiles", classifier_json(result.classifier_profiles)},
                          {"cells_summary", classifier_json(result.classifier_cell_numbers)},
                          {"cells", classifier_json(result.classifier_cells)}};
  object["feature_distances"] = {{"profiles", feature_distances_json(result.distances_profiles)},
                                 {"cells_summary", feature_distances_json(result.distances_cell_numbers)}};
  object["cell_spectrum"] = spectrum_json(result.cell_spectrum);
  object["neighbour_excess"] = excess_json(result);
  object["separation"] = separation_json(result.separation);
  object["layer_histograms"] = layer_histograms_json(result.layer_histograms);
  object["likelihood"] = nullptr;
  if (const auto& likelihood = sample.likelihood) {
    object["likelihood"] = {{"nats", number_json(likelihood->nats)}, {"showers", likelihood->showers}};
    object["likelihood"]["lost"] = likelihood->lost ? number_json(*likelihood->lost) : json(nullptr);
    if (likelihood->lost) object["likelihood"]["lost"]["against"] = likelihood->lost_against;
  }
  object["neighbours"] = result.neighbours ? neighbours_json(*result.neighbours) : json(nullptr);
  object["timing"] = nullptr;
  if (const auto& timing = sample.timing; timing && timing->seconds > 0) {
    object["timing"] = {{"showers_per_second", static_cast<double>(timing->showers) / timing->seconds},
                        {"seconds", timing->seconds},
                        {"streams", timing->streams},
                        {"batch", timing->batch}};
  }
  object["peak_memory_bytes"] = sample.peak_memory_bytes;
  object["comparisons"] = comparisons_json(result.comparisons);
  object["verdicts"] = verdicts_json(sample.verdicts);
  object["event_display"] = display_json(sample.display);
  return object;
}

json settings_json(const Validation& validation) {
  const auto& settings = validation.settings;
  return {{"reference", settings.reference},
          {"models", settings.models},
          {"formats", settings.formats},
          {"samples", settings.samples},
          {"training", settings.training},
          {"showers", validation.samples.front().result.showers},
          {"showers_per_reference", settings.showers_per_reference},
          {"seed", settings.seed},
          {"streams", settings.engine.streams == 0 ? std::string("auto") : std::to_string(settings.engine.streams)},
          {"batch", settings.engine.batch},
          {"extrapolate", settings.engine.extrapolate},
          {"overrides", settings.engine.model_info},
          {"limits", validation.limits.name}};
}

}  // namespace

json number_json(const Number& number, bool with_floor) {
  json object{{"value", finite(number.value)}, {"error", finite(number.error)}};
  if (with_floor) object["floor"] = finite(number.floor);
  return object;
}

json table3_json(const physics::SampleResult& result) {
  json object = json::object();
  for (const auto& line : result.table3) {
    object[line.name] = number_json(line.number);
    object[line.name]["relative_difference"] =
        line.relative_difference ? number_json(*line.relative_difference) : json(nullptr);
  }
  return object;
}

json table4_json(const physics::Table4& table) {
  json planes = json::object();
  for (std::size_t i = 0; i < 3; ++i) {
    planes[physics::kPlaneNames[i]] = {{"mse_gev2", number_json(table.planes[i].mse_gev2)},
                                       {"relative_mse", number_json(table.planes[i].relative_mse)}};
  }
  return {{"mse_gev2", number_json(table.mse_gev2)},
          {"relative_mse", number_json(table.relative_mse)},
          {"planes", std::move(planes)}};
}

json table5_json(const physics::Table5& table, const std::string& against) {
  return {{"against", against},
          {"showers", table.showers},
          {"mean_gev", number_json(table.mean_gev, false)},
          {"std_gev", number_json(table.std_gev, false)},
          {"relative_to_ecal", number_json(table.relative_to_ecal, false)},
          {"largest_cell_gev", finite(table.largest_cell_gev)},
          {"differing_cells", finite(table.differing_cells)}};
}

json comparisons_json(const std::vector<physics::Comparison>& comparisons) {
  json array = json::array();
  for (const auto& comparison : comparisons) array.push_back(comparison_json(comparison));
  return array;
}

json validation_json(const Validation& validation) {
  OCTOCAL_EXPECT(!validation.samples.empty() && validation.samples.front().identity.kind == "reference");
  const auto& reference = validation.samples.front().result;
  const auto& geometry = validation.geometry;
  json limits = json::array();
  for (const auto& limit : validation.limits.limits)
    limits.push_back(
        {{"quantity", limit.quantity}, {"limit", limit.limit}, {"absolute", physics::is_absolute(limit.quantity)}});
  json document{
      {"format", "octocal-validation-1"},
      {"octocal_version", version()},
      {"settings", settings_json(validation)},
      {"warnings", validation.warnings},
      {"machine", {{"processor", processor_name()}, {"isa", isa_name(machine_isa())}, {"cores", usable_cores()}}},
      {"geometry", {geometry.nx, geometry.ny, geometry.nz}},
      {"energy_range_gev", {reference.response.energy_low_gev, reference.response.energy_high_gev}},
      {"cell_threshold_gev", in_decimals(data::kCellThresholdGev)},
      {"hit_threshold_gev", in_decimals(data::kHitThresholdGev)},
      {"tail_fraction", data::kTailFraction},
      {"reference",
       {{"files", validation.reference_files}, {"hash", validation.reference_hash}, {"showers", reference.showers}}},
      {"limits",
       {{"name", validation.limits.name}, {"sigmas", validation.limits.sigmas}, {"limits", std::move(limits)}}}};
  document["samples"] = json::array();
  for (const auto& sample : validation.samples) document["samples"].push_back(sample_json(sample, geometry));
  return document;
}

}  // namespace octocal::study
