// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "octocal/base/machine.hpp"
#include "octocal/cli/bench_output.hpp"
#include "octocal/cli/model_options.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/cli/verb_options.hpp"
#include "octocal/study/timing.hpp"
#include "octocal/study/timing_json.hpp"

namespace octocal::cli {
namespace {

constexpr const char* kBenchExamples =
    "  octocal bench                        (the shipped float32 and int8 models, in turns, on one core)\n"
    "  octocal bench --layers --json bench.json\n"
    "  octocal bench --model mine.onnx --model mine-int8.onnx --repeats 15";

std::function<void()> define_bench(App& app) {
  auto settings = std::make_shared<study::BenchSettings>();
  auto options = std::make_shared<EngineOptions>();
  auto layers = std::make_shared<bool>(false);
  auto every = std::make_shared<bool>(false);
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
  app.add_flag("--layers", *layers, "Show time and speed of the layers, too (always in --json)");
  app.add_flag("--all", *every, "With --layers: every layer on a line of its own, small ones, too");
  add_seed(app, settings->seed);
  add_model_info(app, *options);
  add_json(app, *json_file);
  return [settings, options, layers, every, json_file, &app] {
    settings->model_info = parse_model_info(options->model_info);
    const auto result = study::run_bench(*settings);
    write_json(*json_file, study::to_json(result, *settings, settings_toml(app, {"json"})));
    fmt::print("{}", to_table(result, *layers, *every));
  };
}

const Verb bench_verb({"bench", "time generators on one core", kBenchExamples, define_bench});

}  // namespace
}  // namespace octocal::cli
