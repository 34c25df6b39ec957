// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "octocal/base/machine.hpp"
#include "octocal/cli/bench_output.hpp"
#include "octocal/cli/model_options.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/cli/verb_options.hpp"
#include "octocal/study/formats.hpp"
#include "octocal/study/timing.hpp"
#include "octocal/study/timing_json.hpp"

namespace octocal::cli {
namespace {

constexpr const char* kBenchExamples =
    "  octocal bench                        (the shipped float32 and int8 models, in turns, on one core)\n"
    "  octocal bench --layers --json bench.json\n"
    "  octocal bench --model mine.onnx --model mine-int8.onnx --repeats 15\n"
    "  octocal bench --full --precisions float32,bfloat16,int16x8,int8   (tables 1 and 2 and figure 4 of the paper)";

/// What --full measures where nothing else is asked.
void ask_for_all(study::BenchSettings& settings, BenchView& view) {
  view.operations = settings.peak = settings.first_shower = true;
  if (settings.batches.empty()) settings.batches = {1, 2, 4, 8, 64};
  if (settings.streams.empty())
    for (std::int64_t streams = 1; streams <= usable_cores(); ++streams) settings.streams.push_back(streams);
}

std::function<void()> define_bench(App& app) {
  auto settings = std::make_shared<study::BenchSettings>();
  auto options = std::make_shared<EngineOptions>();
  auto view = std::make_shared<BenchView>();
  auto full = std::make_shared<bool>(false);
  auto json_file = std::make_shared<std::string>();
  add_models(app, "-m,--model", settings->models,
             "Generator, ONNX; give several to time them in turns. Without it, the shipped float32 and int8 models");
  app.add_option("--repeats", settings->repeats, "Measurements of each model, behind one to warm up")
      ->type_name("N")
      ->check(from_to(1, 1000));
  add_showers(app, settings->showers, "Showers a measurement")->check(from_to(1, 1'000'000));
  app.add_option("--batch", settings->batch, "Showers computed at once")->type_name("N")->check(from_to(1, 1024));
  app.add_option("--core", settings->core, "Which of the usable cores to run on; the thread is pinned to it")
      ->type_name("N")
      ->check(from_to(0, usable_cores() - 1));
  app.add_option("--precisions", settings->precisions,
                 fmt::format("Time each float32 model in these: float32 or {}; quantized here, on few showers",
                             fmt::join(study::format_names(), ", ")))
      ->type_name("NAME,...")
      ->delimiter(',');
  app.add_option("--streams", settings->streams, "Numbers of streams at the same time, a thread each (figure 4)")
      ->type_name("N,...")
      ->delimiter(',');
  app.add_option("--batches", settings->batches, "Other numbers of showers computed at once")
      ->type_name("N,...")
      ->delimiter(',');
  app.add_flag("--peak", settings->peak, "Measure what this core multiplies at most, and how near each model comes");
  app.add_flag("--first-shower", settings->first_shower,
               "Time the way from a model's file to its first shower, each time in a fresh process");
  app.add_flag("--operations", view->operations,
               "Show memory and the time of each kind of operation, too (always in --json)");
  app.add_flag("--full", *full, "All of these: streams up to the cores, batches 1, 2, 4, 8 and 64");
  app.add_flag("--layers", view->layers, "Show time and speed of the layers, too (always in --json)");
  app.add_flag("--all", view->every, "With --layers: every layer on a line of its own, small ones, too");
  add_seed(app, settings->seed);
  add_model_info(app, *options);
  add_json(app, *json_file);
  return [settings, options, view, full, json_file, &app] {
    settings->model_info = parse_model_info(options->model_info);
    if (*full) ask_for_all(*settings, *view);
    const auto result = study::run_bench(*settings);
    write_json(*json_file, study::to_json(result, *settings, settings_toml(app, {"json"})));
    fmt::print("{}", to_table(result, *view));
  };
}

const Verb bench_verb({"bench", "time generators on one core", kBenchExamples, define_bench});

}  // namespace
}  // namespace octocal::cli
