// SPDX-License-Identifier: Apache-2.0
#include "octocal/report/internal/validation_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace octocal::report {
namespace {

constexpr std::string_view kFormat = "octocal-validation-1";
constexpr std::size_t kLayerHistogramBins = 50;
constexpr std::size_t kMaxCellsPerAxis = 1000;  // far beyond any calorimeter; keeps nonsense out of the page

using Cells = std::array<std::size_t, 3>;

/// A number as the schema means it: an object with `value`, or null; error and floor are numbers or absent.
void check_number(const JsonField& field) {
  if (field.is_null()) return;
  if (!field.is_object()) field.refuse("expected an object with value, error and floor, or null");
  for (const auto* key : {"value", "error", "floor"})
    if (field.has(key)) field[key].number();
  if (!field["value"].is_null()) field["value"].number();
}

void check_number_or_null(const JsonField& field) {
  if (!field.is_null()) field.number();
}

void check_numbers(const JsonField& field, std::size_t count, std::string_view because) {
  for (const auto& item : field.items(count, because)) check_number_or_null(item);
}

Cells check_geometry(const JsonField& field) {
  const auto axes = field.items(3, "cells along x, y, z");
  Cells cells{};
  for (std::size_t axis = 0; axis < cells.size(); ++axis) {
    cells[axis] = axes[axis].whole_number();
    if (cells[axis] == 0 || cells[axis] > kMaxCellsPerAxis)
      axes[axis].refuse(fmt::format("{} cells, expected 1 to {}", cells[axis], kMaxCellsPerAxis));
  }
  return cells;
}

void check_profiles(const JsonField& profiles, const Cells& cells) {
  constexpr std::array<const char*, 3> kAxes = {"x", "y", "z"};
  for (std::size_t axis = 0; axis < kAxes.size(); ++axis) {
    const auto profile = profiles[kAxes[axis]];
    check_numbers(profile["mean"], cells[axis], "geometry");
    check_numbers(profile["error"], cells[axis], "geometry");
  }
}

void check_histogram(const JsonField& histogram) {
  const auto edges = histogram["edges"].items();
  if (edges.size() < 2) histogram["edges"].refuse(fmt::format("{} edges, expected at least 2", edges.size()));
  for (std::size_t i = 1; i < edges.size(); ++i)
    if (!(edges[i].number() > edges[i - 1].number())) edges[i].refuse("the edges do not rise");
  for (const auto& count : histogram["counts"].items(edges.size() - 1, "one fewer than edges"))
    if (count.number() < 0) count.refuse("a negative count");
  histogram["below"].number();
  histogram["above"].number();
}

void check_bins(const JsonField& bins) {
  for (const auto& bin : bins.items()) {
    if (bin["energy_high"].number() < bin["energy_low"].number()) bin.refuse("energy_high is below energy_low");
    for (const auto* key : {"mean", "core_resolution", "tail_share"}) check_number(bin[key]);
  }
}

void check_display(const JsonField& display, const Cells& cells) {
  display["energy_gev"].number();
  for (const auto& cell : display["cells"].items()) {
    const auto fields = cell.items(4, "x, y, z, GeV");
    for (std::size_t axis = 0; axis < cells.size(); ++axis)
      if (fields[axis].whole_number() >= cells[axis])
        fields[axis].refuse(fmt::format("outside the geometry ({} cells)", cells[axis]));
    if (!(fields[3].number() > 0)) fields[3].refuse("a cell's energy must be above zero");
  }
}

void check_tables(const JsonField& sample) {
  const auto table3 = sample["table3"];
  for (const auto* key : {"y_mean", "y_width", "z_mean", "z_width"}) {
    check_number(table3[key]);
    if (table3[key].has("relative_difference")) check_number(table3[key]["relative_difference"]);
  }
  if (sample.has("table4"))
    for (const auto* key : {"mse_gev2", "relative_mse"}) check_number(sample["table4"][key]);
  if (sample.has("table5")) {
    const auto table5 = sample["table5"];
    table5["against"].text();
    for (const auto* key : {"mean_gev", "std_gev", "relative_to_ecal"}) check_number(table5[key]);
  }
}

void check_judgements(const JsonField& sample) {
  for (const auto& comparison : sample["comparisons"].items()) {
    comparison["label"].text();
    check_number_or_null(comparison["value"]);
  }
  for (const auto& verdict : sample["verdicts"].items()) {
    for (const auto* key : {"quantity", "label", "sentence"}) verdict[key].text();
    for (const auto* key : {"value", "limit"}) check_number_or_null(verdict[key]);
    verdict["pass"].truth();
    for (const auto* flag : {"judged", "absolute"})
      if (verdict.has(flag)) verdict[flag].truth();
  }
}

void check_classifier(const JsonField& classifier) {
  for (const auto* key : {"profiles", "cells_summary", "cells"}) {
    if (!classifier.has(key)) continue;
    if (classifier[key].has("converged")) classifier[key]["converged"].truth();
    check_number(classifier[key]["auc"]);
    classifier[key]["showers"].whole_number();
    classifier[key]["folds"].whole_number();
    classifier[key]["description"].text();
  }
}

void check_curve(const JsonField& curve, std::size_t count, std::string_view because) {
  for (const auto* key : {"mean", "error"}) check_numbers(curve[key], count, because);
}

/// Single cells, their neighbours, and what is made of them.
void check_texture(const JsonField& sample, const Cells& cells) {
  if (sample.has("cell_spectrum")) {
    const auto spectrum = sample["cell_spectrum"];
    const auto edges = spectrum["edges"].items();
    if (edges.size() < 2) spectrum["edges"].refuse(fmt::format("{} edges, expected at least 2", edges.size()));
    for (std::size_t i = 0; i < edges.size(); ++i)
      if (!(edges[i].number() > (i == 0 ? 0.0 : edges[i - 1].number())))
        edges[i].refuse("the edges do not rise from above zero");
    check_curve(spectrum, edges.size() - 1, "one fewer than edges");
    check_number_or_null(spectrum["above"]);
  }
  if (sample.has("neighbour_excess"))
    for (const auto* axis : {"x", "y", "z"}) {
      check_number(sample["neighbour_excess"][axis]);
      check_curve(sample["neighbour_excess"][axis]["layers"], cells[2], "geometry");
    }
  if (sample.has("separation"))
    for (const auto& one : sample["separation"].members()) {
      check_number(one);
      one["label"].text();
      if (one.has("layers"))
        for (const auto* row : {"value", "error", "floor"}) check_numbers(one["layers"][row], cells[2], "geometry");
      if (!one.has("worst_layer")) continue;
      check_number(one["worst_layer"]);
      one["worst_layer"]["layer"].whole_number();
    }
  if (sample.has("layer_histograms"))
    for (const auto& kind : sample["layer_histograms"].members()) {
      kind["label"].text();
      for (const auto& layer : kind["layers"].items(cells[2], "geometry")) {
        for (const auto* key : {"below", "above", "empty"}) layer[key].whole_number();
        if (!(layer["high"].number() > layer["low"].number())) layer["high"].refuse("is not above low");
        for (const auto& count : layer["counts"].items(kLayerHistogramBins, "bins")) count.whole_number();
      }
    }
  if (sample.has("feature_distances"))
    for (const auto* key : {"profiles", "cells_summary"}) {
      if (!sample["feature_distances"].has(key)) continue;
      const auto distances = sample["feature_distances"][key];
      for (const auto* number : {"fpd", "kpd"}) check_number(distances[number]);
      distances["showers"].whole_number();
    }
}

void check_neighbours(const JsonField& neighbours) {
  for (const auto* key : {"set", "sentence"}) neighbours[key].text();
  for (const auto* key : {"set_showers", "orientations", "copies"}) neighbours[key].whole_number();
  for (const auto* key : {"to_set", "within"}) {
    check_number(neighbours[key]["median"]);
    for (const auto* number : {"smallest", "quantile_01"}) check_number_or_null(neighbours[key][number]);
  }
  if (!neighbours.has("in_training")) return;
  check_number(neighbours["in_training"]);
  check_number_or_null(neighbours["in_training"]["expected"]);
}

void check_largest_correlation(const JsonField& largest) {
  check_number(largest);
  for (const auto& layer : largest["layers"].items(2, "a pair of layers")) layer.whole_number();
}

void check_layers(const JsonField& layers) {
  for (const auto& layer : layers.items()) {
    for (const auto* key : {"layer", "ops", "asked", "ran", "kernel", "reason"}) layer[key].text();
    layer["macs"].number();
  }
}

void check_sample(const JsonField& sample, const Cells& cells) {
  const auto kind = sample["kind"].text();
  if (kind != "reference" && kind != "model" && kind != "file")
    sample["kind"].refuse(fmt::format("\"{}\", expected reference, model or file", kind));
  sample["showers"].whole_number();
  check_profiles(sample["profiles"], cells);
  check_tables(sample);
  check_bins(sample["response_bins"]);
  check_bins(sample["resolution_bins"]);
  for (const auto& observable : sample["observables"].members()) {
    observable["label"].text();
    observable["unit"].text();
    for (const auto* key : {"mean", "std"}) check_number(observable[key]);
    check_histogram(observable["histogram"]);
  }
  check_judgements(sample);
  check_layers(sample["layers"]);
  check_texture(sample, cells);
  if (sample.has("likelihood")) {
    const auto likelihood = sample["likelihood"];
    check_number(likelihood["nats"]);
    likelihood["showers"].whole_number();
    check_number(likelihood["lost"]);
  }
  if (sample.has("classifier")) check_classifier(sample["classifier"]);
  if (sample.has("neighbours")) check_neighbours(sample["neighbours"]);
  if (sample.has("layer_correlation_largest")) check_largest_correlation(sample["layer_correlation_largest"]);
  check_display(sample["event_display"], cells);
  if (sample.has("timing")) sample["timing"]["showers_per_second"].number();
}

}  // namespace

std::vector<std::string> check_validation(const JsonField& document) {
  const auto format = document["format"].text();
  if (format != kFormat) document["format"].refuse(fmt::format("\"{}\", expected \"{}\"", format, kFormat));
  const auto cells = check_geometry(document["geometry"]);
  for (const auto* key : {"settings", "machine", "limits"})
    if (!document[key].is_object()) document[key].refuse("expected an object");
  document["octocal_version"].text();
  if (document.has("warnings"))
    for (const auto& warning : document["warnings"].items()) warning.text();
  for (const auto& file : document["reference"]["files"].items()) file.text();
  document["reference"]["hash"].text();

  const auto samples = document["samples"].items();
  if (samples.empty()) document["samples"].refuse("no samples, expected at least the reference");
  std::set<std::string> names;
  for (const auto& sample : samples) {
    check_sample(sample, cells);
    const bool first = names.empty();
    if ((sample["kind"].text() == "reference") != first)
      sample["kind"].refuse("the first sample, and no other, must be the reference");
    if (!names.insert(sample["name"].text()).second)
      sample["name"].refuse(fmt::format("a second sample is called {}", sample["name"].text()));
  }
  std::vector<std::string> missing;
  if (samples.size() == 1) missing.emplace_back("the file holds the reference alone: nothing is compared with it");
  return missing;
}

}  // namespace octocal::report
