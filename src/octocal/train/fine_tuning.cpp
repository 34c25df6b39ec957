// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/fine_tuning.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include "octocal/base/checksum.hpp"
#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/base/random.hpp"
#include "octocal/model/cell_ops.hpp"
#include "octocal/model/generator_info.hpp"
#include "octocal/model/latent.hpp"
#include "octocal/train/adam.hpp"
#include "octocal/train/checkpoint.hpp"
#include "octocal/train/freed_memory.hpp"
#include "octocal/train/graph_network.hpp"
#include "octocal/train/onnx_exchange.hpp"
#include "octocal/train/random_streams.hpp"
#include "octocal/train/run_lock.hpp"
#include "octocal/train/thread_count.hpp"

namespace octocal::train {
namespace {

constexpr double kLastRate = 0.02;      // share of the rate that is left at the end
constexpr double kClippedGradient = 2;  // gradients longer than this many times their running length are cut
constexpr double kLeastSize = 1e-3;     // of a tensor, for its rate: biases may begin at zero
constexpr double kLeastScale = 1e-30;   // a step has a width
constexpr std::int64_t kJudgedBatch = 8;
constexpr std::uint64_t kMostFineBatch = std::uint64_t{1} << 16;  // latents of two steps lie this far apart

model::Graph read(const std::filesystem::path& file) {
  auto graph = read_model(file);
  const auto draws = [](const auto& node) { return model::is_cell_op(node.op); };
  if (std::any_of(graph.nodes.begin(), graph.nodes.end(), draws))
    throw bad_input(
        fmt::format("{}: draws its cells, which has no gradients; quantization costs such a generator a few "
                    "nats at most, see what `quantize` prints",
                    file.string()));
  return graph;
}

/// Tells files apart that a resumed run could be given by mistake.
std::string hash_of(const std::filesystem::path& file) {
  const auto bytes = read_text_file(file);
  return fmt::format("{:08x} of {} bytes", crc32(std::as_bytes(std::span(bytes))), bytes.size());
}

bool is_quantized(const model::Graph& graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(),
                     [](const auto& node) { return node.op == "DequantizeLinear" || node.op == "Cast"; });
}

std::vector<std::pair<std::string, model::Shape>> shapes_of(const std::vector<model::Value>& values) {
  std::vector<std::pair<std::string, model::Shape>> shapes;
  for (const auto& value : values) shapes.emplace_back(value.name, value.shape);
  return shapes;
}

class FineTuning {
 public:
  explicit FineTuning(const FineTuningSettings& settings)
      : settings_(settings),
        teacher_graph_(read(settings.teacher)),
        graph_(read(settings.model)),
        teacher_hash_(hash_of(settings.teacher)),
        model_hash_(hash_of(settings.model)),
        info_(model::read_generator_info(graph_, settings.model.string())),
        teacher_(teacher_graph_, settings.teacher.string()),
        network_(graph_, settings.model.string(), settings.scales),
        adam_({}, sizes()) {
    if (!is_quantized(graph_))
      throw bad_input(
          fmt::format("{}: no value is quantized; give a model that `octocal quantize` or `tune` wrote from "
                      "{}",
                      settings.model.string(), settings.teacher.string()));
    if (shapes_of(graph_.inputs) != shapes_of(teacher_graph_.inputs) ||
        shapes_of(graph_.outputs) != shapes_of(teacher_graph_.outputs))
      throw bad_input(
          fmt::format("{}: its inputs and outputs are not those of {}; give the model that was quantized "
                      "from it",
                      settings.model.string(), settings.teacher.string()));
    for (std::int64_t first = 0; first < settings.judged_showers; first += kJudgedBatch) {
      const auto count = std::min(kJudgedBatch, settings.judged_showers - first);
      judged_.push_back(inputs(Draw::kPhysics, static_cast<std::uint64_t>(first), count));
      wanted_.push_back(showers(teacher_, judged_.back()));
    }
  }

  FineTuningResult run();

 private:
  std::map<std::string, double> sizes() {
    std::map<std::string, double> factors;
    for (const auto& [name, parameter] : network_.parameters())
      factors[name] = std::max(network_.is_scale(name) ? 0 : kLeastSize,
                               std::sqrt(parameter.detach().square().mean().item<double>()));
    return factors;
  }

  /// Energies uniform in the model's range, and latents by its convention.
  TensorMap inputs(Draw draw, std::uint64_t first, std::int64_t count) const {
    std::vector<float> energy(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < energy.size(); ++i)
      energy[i] =
          static_cast<float>(info_.energy_min_gev + (info_.energy_max_gev - info_.energy_min_gev) *
                                                        uniform01(settings_.seed, draw, first + i, 0xFFFFFFFFU));
    auto latents = at::empty({count, static_cast<std::int64_t>(info_.latent_size)}, at::kFloat);
    model::make_latents(info_.latent, settings_.seed, draw, first, energy,
                        std::span(latents.data_ptr<float>(), static_cast<std::size_t>(latents.numel())));
    TensorMap tensors;
    for (const auto& input : graph_.inputs)
      tensors[input.name] = input.name == "energy" ? at::tensor(energy).view({count, 1}) : latents;
    return tensors;
  }

  at::Tensor showers(const GraphNetwork& network, const TensorMap& tensors) const {
    const at::NoGradGuard no_gradients;
    return network.run(tensors).at(0).flatten(1);
  }

  FineTuningScore judge() const {
    double difference = 0, ecal = 0, wanted_ecal = 0;
    for (std::size_t i = 0; i < judged_.size(); ++i) {
      const auto cells = showers(network_, judged_[i]);
      difference += (cells - wanted_[i]).abs().sum().item<double>();
      ecal += cells.sum().item<double>();
      wanted_ecal += wanted_[i].sum().item<double>();
    }
    return {difference / wanted_ecal, ecal / wanted_ecal - 1};
  }

  double step(std::int64_t index);
  double rate_at(std::int64_t index) const {
    const double share = static_cast<double>(index) / static_cast<double>(settings_.steps);
    return settings_.rate * (kLastRate + (1 - kLastRate) * (1 + std::cos(std::numbers::pi * share)) / 2);
  }

  std::filesystem::path checkpoint() const { return settings_.out / "last.ckpt"; }
  nlohmann::json about() const {
    return {{"teacher", teacher_hash_},  {"model", model_hash_},
            {"steps", settings_.steps},  {"steps_per_look", settings_.steps_per_look},
            {"batch", settings_.batch},  {"judged_showers", settings_.judged_showers},
            {"rate", settings_.rate},    {"seed", settings_.seed},
            {"scales", settings_.scales}};
  }
  void save(std::int64_t next) const;
  std::int64_t load();
  void note(std::int64_t step_index, const FineTuningScore& score);
  void write_best() const;

  FineTuningSettings settings_;
  model::Graph teacher_graph_, graph_;
  std::string teacher_hash_, model_hash_;  ///< of the files
  model::GeneratorInfo info_;
  GraphNetwork teacher_, network_;
  Adam adam_;
  std::vector<TensorMap> judged_;
  std::vector<at::Tensor> wanted_;
  FineTuningResult result_;
  double usual_gradient_ = 0;
  std::string looks_;  ///< a line of JSON each
};

double FineTuning::step(std::int64_t index) {
  const auto tensors =
      inputs(Draw::kTraining, first_of(Region::kLatents) + static_cast<std::uint64_t>(index) * kMostFineBatch,
             settings_.batch);
  const auto wanted = showers(teacher_, tensors);
  const auto cells = network_.run(tensors).at(0).flatten(1);
  // Cells first; their sum beside them, which many cells that are all a little off move.
  const auto off = cells - wanted;
  const auto loss = (off.abs().sum() + off.sum(1).abs().sum()) / wanted.sum();
  torch::autograd::backward({loss}, {});
  const double gradient =
      adam_.step(network_.parameters(), rate_at(index), usual_gradient_ > 0 ? kClippedGradient * usual_gradient_ : 0);
  if (!std::isfinite(gradient))
    throw run_failed(
        fmt::format("fine-tuning: the gradient of step {} is not finite; {} holds the best model so far, "
                    "try a lower --rate",
                    index + 1, (settings_.out / "best.onnx").string()));
  {
    const at::NoGradGuard no_gradients;
    for (auto& [name, parameter] : network_.parameters())
      if (network_.is_scale(name)) parameter.clamp_min_(kLeastScale);
  }
  usual_gradient_ =
      usual_gradient_ > 0 ? 0.9 * usual_gradient_ + 0.1 * std::min(gradient, 4 * usual_gradient_) : gradient;
  return loss.item<double>();
}

void FineTuning::save(std::int64_t next) const {
  TensorMap state;
  insert_under("network.", network_.parameters(), state);
  insert_under("adam.", adam_.state(), state);
  const nlohmann::json json = {{"fine_tuning", about()},
                               {"next", next},
                               {"usual_gradient", usual_gradient_},
                               {"before", {result_.before.cells, result_.before.ecal}},
                               {"best", {result_.best.cells, result_.best.ecal}},
                               {"best_step", result_.best_step},
                               {"looks", looks_}};
  write_checkpoint({json.dump(), state}, checkpoint());
}

std::int64_t FineTuning::load() {
  const auto stored = read_checkpoint(checkpoint());
  const auto json = nlohmann::json::parse(stored.json, nullptr, false);
  if (!json.is_object() || !json.contains("fine_tuning") || json.at("fine_tuning") != about())
    throw bad_input(
        fmt::format("{}: of another run (its models or settings differ); give those of then, or another "
                    "--out",
                    checkpoint().string()));
  copy_values(take_under("network.", stored.tensors), network_.parameters());
  adam_.load_state(take_under("adam.", stored.tensors));
  usual_gradient_ = json.at("usual_gradient");
  result_.before = {json.at("before")[0], json.at("before")[1]};
  result_.best = {json.at("best")[0], json.at("best")[1]};
  result_.best_step = json.at("best_step");
  looks_ = json.at("looks");
  return json.at("next");
}

void FineTuning::note(std::int64_t step_index, const FineTuningScore& score) {
  looks_ += nlohmann::json{{"step", step_index}, {"cells", score.cells}, {"ecal", score.ecal}}.dump() + "\n";
  write_text_file(settings_.out / "fine-tuning.jsonl", looks_);
}

void FineTuning::write_best() const {
  auto graph = network_.graph();
  graph.metadata["octocal.fine_tuning"] = nlohmann::json{
      {"from", about()},
      {"step", result_.best_step},
      {"cells_before", result_.before.cells},
      {"cells", result_.best.cells},
      {"ecal", result_.best.ecal}}.dump();
  write_model(graph, settings_.out / "best.onnx");
}

FineTuningResult FineTuning::run() {
  std::int64_t next = 0;
  if (settings_.resume) {
    next = load();
  } else {
    result_.before = result_.best = judge();
    note(0, result_.before);
    write_best();
    log_info(fmt::format("before: cells differ by {:.3g} % of ECAL, ECAL by {:+.3g} %", 100 * result_.before.cells,
                         100 * result_.before.ecal));
  }
  Progress progress("fine-tune", "steps", static_cast<std::uint64_t>(settings_.steps),
                    static_cast<std::uint64_t>(next));
  for (; next < settings_.steps; ++next) {
    if (interrupted()) {
      save(next);
      throw Error(ErrorCode::kInterrupted,
                  fmt::format("interrupted at step {}; {} holds it, go on with --resume", next, checkpoint().string()));
    }
    const double loss = step(next);
    const auto done = next + 1;
    progress.update(static_cast<std::uint64_t>(done),
                    fmt::format("loss {:.3g}, best cells {:.3g} %", loss, 100 * result_.best.cells));
    if (done % settings_.steps_per_look != 0 && done != settings_.steps) continue;
    const auto score = judge();
    note(done, score);
    if (score.cells < result_.best.cells) {
      result_.best = score;
      result_.best_step = done;
      write_best();
    }
    save(done);
  }
  progress.finish();
  result_.steps = next;
  return result_;
}

}  // namespace

FineTuningResult fine_tune(const FineTuningSettings& settings) {
  keep_freed_memory();
  const ThreadCount threads(settings.threads);
  std::filesystem::create_directories(settings.out);
  const RunLock lock(settings.out);
  return FineTuning(settings).run();
}

}  // namespace octocal::train
