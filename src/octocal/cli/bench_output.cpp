// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/bench_output.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "octocal/base/machine.hpp"
#include "octocal/base/text_table.hpp"
#include "octocal/study/layer_table.hpp"

namespace octocal::cli {
namespace {

using study::BenchedModel;
using study::BenchResult;

std::string in_brackets(const BenchedModel& model) { return fmt::format("{} ({})", model.file, model.name); }

std::string layers_text(const BenchedModel& model, bool every) {
  TextTable table({{"layer", true}, {"ran", true}, {"us"}, {"GMAC/s"}, {"kernel", true}}, "  ");
  for (const auto& line : study::fold_layers(model.layers, every)) {
    double seconds = 0, macs = 0;
    for (std::size_t i = line.first; i < line.first + line.count; ++i) {
      seconds += model.layer_seconds[i];
      macs += static_cast<double>(model.layers[i].macs);
    }
    const auto together = [&](std::string engine::LayerReport::*text) {
      return study::joined(model.layers, line.first, line.count, text);
    };
    const auto kernel =
        line.count > 1 ? fmt::format("({} layers)", line.count) : together(&engine::LayerReport::kernel);
    const auto reason = together(&engine::LayerReport::reason);
    table.add({line.name, together(&engine::LayerReport::ran), fmt::format("{:.1f}", seconds * 1e6),
               macs > 0 && seconds > 0 ? fmt::format("{:.1f}", macs / seconds / 1e9) : "-",
               reason.empty() ? kernel : fmt::format("{} ({})", kernel, reason)});
  }
  return fmt::format("\n{}, processor time a shower\n", in_brackets(model)) + table.text();
}

/// Table 1 of the paper.
std::string speeds_text(const BenchResult& result) {
  TextTable table({{"precision", true},
                   {"showers/s"},
                   {"quartiles"},
                   {"ms/shower"},
                   {"per proc. s"},
                   {"over float32"},
                   {"model", true}},
                  "  ");
  for (const auto& model : result.models) {
    const auto& speed = model.showers_per_second;
    table.add({model.name, fmt::format("{:.1f}", speed.median), fmt::format("{:.1f} - {:.1f}", speed.low, speed.high),
               fmt::format("{:.3f}", 1000 / speed.median),
               fmt::format("{:.1f}", model.showers_per_processor_second.median),
               model.over_float32 ? fmt::format("{:.2f}", model.over_float32->median) : "-", model.file});
  }
  return table.text();
}

/// Table 2 of the paper.
std::string operations_text(const BenchedModel& model) {
  TextTable table({{"operation", true}, {"layers"}, {"us"}, {"%"}, {"GMAC/s"}}, "  ");
  for (const auto& one : model.operations())
    table.add({one.kind, fmt::format("{}", one.layers), fmt::format("{:.1f}", one.seconds * 1e6),
               fmt::format("{:.1f}", 100 * one.share),
               one.macs > 0 && one.seconds > 0
                   ? fmt::format("{:.1f}", static_cast<double>(one.macs) / one.seconds / 1e9)
                   : "-"});
  std::string text = fmt::format("\n{}, processor time a shower by kind of operation\n", in_brackets(model));
  text += table.text();
  std::string inside;
  for (const auto* op : {"LeakyRelu", "Relu", "BatchNormalization", "QuantizeLinear"})
    if (const auto count = study::count_in_passes(model.layers, op))
      inside += fmt::format("{}{} {}", inside.empty() ? "" : ", ", count, op);
  if (!inside.empty()) text += fmt::format("  in the pass of the layer before, and in its time: {}\n", inside);
  return text;
}

std::string megabytes(double bytes) { return fmt::format("{:.2f}", bytes / 1e6); }

std::string memory_text(const BenchResult& result) {
  TextTable table({{"precision", true}, {"file"}, {"packed weights"}, {"a stream"}, {"model", true}}, "  ");
  for (const auto& model : result.models)
    table.add({model.name, megabytes(static_cast<double>(model.file_bytes)),
               megabytes(static_cast<double>(model.weight_bytes)), megabytes(static_cast<double>(model.stream_bytes)),
               model.file});
  return "\nmemory [MB]\n" + table.text();
}

/// Figure 4 of the paper, or the same over batches: a line a model, a column a number.
std::string points_text(const BenchResult& result, std::vector<study::BenchedPoint> BenchedModel::*points,
                        const std::string& title, const char* last, double (*last_of)(const BenchedModel&)) {
  std::vector<TextColumn> columns = {{"precision", true}};
  for (const auto& point : result.models.front().*points) columns.push_back({fmt::format("{}", point.number)});
  columns.push_back({last});
  columns.push_back({"model", true});
  TextTable table(columns, "  ");
  for (const auto& model : result.models) {
    std::vector<std::string> cells = {model.name};
    for (const auto& point : model.*points) cells.push_back(fmt::format("{:.1f}", point.showers_per_second.median));
    cells.push_back(fmt::format("{:.2f}", last_of(model)));
    cells.push_back(model.file);
    table.add(cells);
  }
  return fmt::format("\n{}\n", title) + table.text();
}

/// Processor time a shower in one stream over that in most streams: 1 where streams do not hinder each other.
double streams_ratio(const BenchedModel& model) {
  return model.streams.back().showers_per_processor_second.median / model.showers_per_processor_second.median;
}
/// The smallest batch's speed over the best.
double batch_ratio(const BenchedModel& model) {
  double best = 0;
  for (const auto& point : model.batches) best = std::max(best, point.showers_per_processor_second.median);
  const auto smallest = std::min_element(model.batches.begin(), model.batches.end(),
                                         [](const auto& a, const auto& b) { return a.number < b.number; });
  return smallest->showers_per_processor_second.median / best;
}

std::string peaks_text(const BenchResult& result) {
  TextTable table({{"instruction", true}, {"set", true}, {"of", true}, {"GMAC/s"}}, "  ");
  for (const auto& peak : result.peaks)
    table.add({peak.instruction, peak.isa, peak.precision, fmt::format("{:.1f}", peak.giga_macs_per_second.median)});
  std::string text = "\nthe most that the core multiplies, in registers\n" + table.text();
  for (const auto& model : result.models)
    if (model.share_of_peak)
      text += fmt::format("  {}: {:.2f} of the best of {} ({:.1f} million multiply-accumulates of the plain graph)\n",
                          in_brackets(model), *model.share_of_peak, model.name, static_cast<double>(model.macs) / 1e6);
  return text;
}

std::string first_showers_text(const BenchResult& result) {
  TextTable table({{"precision", true},
                   {"load"},
                   {"compile"},
                   {"stream"},
                   {"shower"},
                   {"together"},
                   {"wall clock"},
                   {"model", true}},
                  "  ");
  for (const auto& model : result.models) {
    if (!model.first_shower) continue;
    std::vector<std::string> cells = {model.name};
    for (const auto& part : model.first_shower->parts) cells.push_back(fmt::format("{:.1f}", part.median * 1e3));
    cells.push_back(fmt::format("{:.1f}", model.first_shower->processor.median * 1e3));
    cells.push_back(fmt::format("{:.1f}", model.first_shower->wall.median * 1e3));
    cells.push_back(model.file);
    table.add(cells);
  }
  return table.rows() == 0 ? "" : "\nfrom the file to the first shower, processor time [ms]\n" + table.text();
}

}  // namespace

std::string to_table(const BenchResult& result, const BenchView& view) {
  std::string text = fmt::format("{}, {}, one core{}\n\n", processor_name(), isa_name(machine_isa()),
                                 result.pinned ? "" : " (the system refused to pin the thread: expect more noise)");
  text += speeds_text(result);
  if (result.has_speedup)
    text +=
        fmt::format("\n  int8 over float32: {:.2f} (quartiles {:.2f} - {:.2f}; in processor time {:.2f})\n",
                    result.speedup.median, result.speedup.low, result.speedup.high, result.processor_speedup.median);
  if (!result.models.empty() && !result.models.front().streams.empty())
    text +=
        points_text(result, &BenchedModel::streams, "showers/s by streams, a thread each", "efficiency", streams_ratio);
  if (!result.models.empty() && !result.models.front().batches.empty())
    text +=
        points_text(result, &BenchedModel::batches, "showers/s by showers computed at once", "least/best", batch_ratio);
  text += first_showers_text(result);
  if (!result.peaks.empty()) text += peaks_text(result);
  if (view.operations) {
    text += memory_text(result);
    for (const auto& model : result.models) text += operations_text(model);
  }
  if (view.layers)
    for (const auto& model : result.models) text += layers_text(model, view.every);
  return text;
}

}  // namespace octocal::cli
