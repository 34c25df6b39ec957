// SPDX-License-Identifier: Apache-2.0
#include "octocal/report/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "octocal/report/internal/metrics_table.hpp"
#include "octocal/report/internal/plot.hpp"

namespace octocal::report {
namespace {

using nlohmann::json;

constexpr double kFigureWidth = 252, kFigureHeight = 216;  // a column of a journal, 3.5 inches
constexpr double kPanelWidth = 126, kPanelHeight = 100;    // of many side by side
constexpr std::size_t kPanelsAcross = 5;
constexpr std::size_t kMostPanels = 100;

double number_of(const json& value) { return value.is_number() ? value.get<double>() : std::nan(""); }

std::vector<double> numbers_of(const json& array) {
  std::vector<double> numbers;
  for (const auto& value : array) numbers.push_back(number_of(value));
  return numbers;
}

/// Edges of n bins of one width.
std::vector<double> even_edges(double low, double high, std::size_t n) {
  std::vector<double> edges;
  for (std::size_t i = 0; i <= n; ++i)
    edges.push_back(low + (high - low) * static_cast<double>(i) / static_cast<double>(n));
  return edges;
}

/// Counts as shares of all showers, with Poisson's errors.
Steps shares_of(const std::string& label, std::vector<double> edges, const std::vector<double>& counts,
                double showers) {
  Steps steps{label, std::move(edges), {}, {}, false};
  for (const double count : counts) {
    steps.values.push_back(count / std::max(showers, 1.0));
    steps.errors.push_back(std::sqrt(count) / std::max(showers, 1.0));
  }
  return steps;
}

class FigureMaker {
 public:
  explicit FigureMaker(const json& validation) : samples_(validation.at("samples")) {
    observables();
    profiles();
    spectrum();
    layers();
    separation();
  }

  std::vector<FigureFile> files;

 private:
  static std::string name_of(const json& sample) { return sample.at("name").get<std::string>(); }

  void add(const std::string& name, const Drawing& drawing) {
    files.push_back({name + ".svg", svg_of(drawing)});
    files.push_back({name + ".pdf", pdf_of(drawing)});
  }
  void add(const std::string& name, const Plot& plot) {
    Drawing drawing{kFigureWidth, kFigureHeight, {}};
    draw_plot(plot, {0, 0, kFigureWidth, kFigureHeight}, 8, drawing);
    add(name, drawing);
  }
  void add(const std::string& name, const std::vector<Plot>& panels) {
    const auto across = std::min(kPanelsAcross, panels.size()), down = (panels.size() + across - 1) / across;
    Drawing drawing{kPanelWidth * static_cast<double>(across), kPanelHeight * static_cast<double>(down), {}};
    for (std::size_t k = 0; k < panels.size(); ++k)
      draw_plot(panels[k],
                {kPanelWidth * static_cast<double>(k % across), kPanelHeight * static_cast<double>(k / across),
                 kPanelWidth, kPanelHeight},
                6, drawing);
    add(name, drawing);
  }

  void observables() {
    for (const auto& [name, first] : samples_.at(0).at("observables").items()) {
      const auto unit = first.at("unit").get<std::string>(), label = first.at("label").get<std::string>();
      Plot plot{"",  unit == "1" ? label : fmt::format("{} [{}]", label, unit), "share of showers", false, false, {},
                true};
      for (const auto& sample : samples_) {
        const auto& histogram = sample.at("observables").at(name).at("histogram");
        const auto counts = numbers_of(histogram.at("counts"));
        double all = number_of(histogram.at("below")) + number_of(histogram.at("above"));
        for (const double count : counts) all += count;
        plot.steps.push_back(shares_of(name_of(sample), numbers_of(histogram.at("edges")), counts, all));
      }
      add(name, plot);
    }
  }

  void profiles() {
    for (const char* axis : {"x", "y", "z"}) {
      Plot plot{"", fmt::format("{} [cells]", axis), "energy [GeV]", false, false, {}, true};
      for (const auto& sample : samples_) {
        const auto& profile = sample.at("profiles").at(axis);
        const auto values = numbers_of(profile.at("mean"));
        plot.steps.push_back({name_of(sample), even_edges(0, static_cast<double>(values.size()), values.size()), values,
                              numbers_of(profile.at("error")), false});
      }
      add(std::string("profile_") + axis, plot);
    }
  }

  bool all_have(const char* key) const {
    return std::all_of(samples_.begin(), samples_.end(),
                       [&](const json& sample) { return sample.contains(key) && sample.at(key).is_object(); });
  }

  void spectrum() {
    if (!all_have("cell_spectrum")) return;
    Plot plot{"", "energy of a cell [GeV]", "cells a shower", true, true, {}, true};
    for (const auto& sample : samples_) {
      const auto& spectrum = sample.at("cell_spectrum");
      plot.steps.push_back({name_of(sample), numbers_of(spectrum.at("edges")), numbers_of(spectrum.at("mean")),
                            numbers_of(spectrum.at("error")), false});
    }
    add("cell_spectrum", plot);
  }

  void layers() {
    if (!all_have("layer_histograms")) return;
    for (const auto& [kind, first] : samples_.at(0).at("layer_histograms").items()) {
      std::vector<Plot> panels;
      for (std::size_t z = 0; z < std::min(first.at("layers").size(), kMostPanels); ++z) {
        Plot plot{fmt::format("layer {}", z), "", "", false, false, {}, false, z == 0};
        for (const auto& sample : samples_) {
          const auto& one = sample.at("layer_histograms").at(kind).at("layers").at(z);
          const auto counts = numbers_of(one.at("counts"));
          double all = number_of(one.at("below")) + number_of(one.at("above")) + number_of(one.at("empty"));
          for (const double count : counts) all += count;
          auto steps =
              shares_of(name_of(sample), even_edges(number_of(one.at("low")), number_of(one.at("high")), counts.size()),
                        counts, all);
          steps.errors.clear();
          plot.steps.push_back(std::move(steps));
        }
        panels.push_back(std::move(plot));
      }
      add(kind, panels);
    }
  }

  void separation() {
    std::vector<Plot> panels;
    for (std::size_t k = 1; k < samples_.size(); ++k) {
      const auto& sample = samples_.at(k);
      if (!sample.contains("separation") || !sample.at("separation").is_object()) continue;
      std::size_t panel = 0;
      for (const auto& [kind, one] : sample.at("separation").items()) {
        if (!one.contains("layers")) continue;
        if (panel == panels.size())
          panels.push_back(
              {one.at("label").get<std::string>(), "layer", "separation power", false, true, {}, false, panel == 0});
        const auto& rows = one.at("layers");
        const auto values = numbers_of(rows.at("value"));
        const auto edges = even_edges(0, static_cast<double>(values.size()), values.size());
        auto& steps = panels[panel].steps;
        if (steps.empty())
          steps.push_back({"two halves of " + name_of(samples_.at(0)), edges, numbers_of(rows.at("floor")), {}, true});
        steps.push_back({name_of(sample), edges, values, numbers_of(rows.at("error")), false});
        ++panel;
      }
    }
    if (panels.empty()) return;
    constexpr std::size_t kAcross = 3;
    const auto down = (panels.size() + kAcross - 1) / kAcross;
    Drawing drawing{kFigureWidth * kAcross * 0.8, kFigureHeight * 0.8 * static_cast<double>(down), {}};
    for (std::size_t k = 0; k < panels.size(); ++k)
      draw_plot(panels[k],
                {0.8 * kFigureWidth * static_cast<double>(k % kAcross),
                 0.8 * kFigureHeight * static_cast<double>(k / kAcross), 0.8 * kFigureWidth, 0.8 * kFigureHeight},
                7, drawing);
    add("separation", drawing);
  }

  const json& samples_;
};

}  // namespace

std::vector<FigureFile> figure_files(const ResultFiles& results) {
  const auto page = json::parse(results.page_json);
  const auto& validation = page.at("validation");
  auto files = FigureMaker(validation).files;
  const auto rows = metrics_of(validation);
  files.push_back({"metrics.csv", metrics_csv(rows)});
  files.push_back({"metrics.tex", metrics_tex(rows)});
  return files;
}

}  // namespace octocal::report
