// SPDX-License-Identifier: Apache-2.0
// octocal's training step against the same step in plain libtorch, in turns: images a second, their ratio, and where
// the time goes. docs/training-speed.md tells what was expected, measured and why.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <malloc.h>
#include <torch/csrc/autograd/autograd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <limits>
#include <memory>
#include <vector>

#include "octocal/model/network_file.hpp"
#include "octocal/train/cells_recipe.hpp"
#include "octocal/train/generator_network.hpp"
#include "octocal/train/paper_recipe.hpp"
#include "octocal/train/precision.hpp"
#include "training/op_profile.hpp"
#include "training/plain_cells.hpp"
#include "training/plain_step.hpp"
#include "training/turns.hpp"

namespace octocal::bench {
namespace {

struct Options {
  std::int64_t batch = 16;
  int rounds = 5;
  int threads = 2;
  bool operations = false;
  std::string data = "data/electrons_000.h5";
  std::vector<std::string> only;
};

/// What glibc arrives at by itself, and what octocal train asks for.
void use_allocator_of(bool ours) {
#if defined(__GLIBC__)
  mallopt(M_MMAP_MAX, ours ? 0 : 65536);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, ours ? std::numeric_limits<int>::max() : 64 << 20);
#endif
}

void forget_gradients(train::TensorMap& parameters) {
  for (auto& [name, tensor] : parameters) tensor.mutable_grad() = at::Tensor();
}

struct Pair {
  std::string name;
  std::function<void()> plain, ours;
};

class Bench {
 public:
  explicit Bench(const Options& options)
      : options_(options),
        data_(train::load_training_data({options.data}, 0.1)),
        generator_(train::make_generator(spec_, 1)),
        discriminator_(train::make_discriminator(network_.discriminator, network_.generator.network.image, 1)),
        latent_(at::randn({options.batch, 200})),
        energy_(100 + 400 * at::rand({options.batch})),
        plain_step_(data_, options.batch, 1) {
    const auto rows = at::arange(options.batch, at::kLong) % data_.training.size();
    cells_ = data_.training.cells_gev(rows);
    train::PaperSettings settings;
    settings.batch = options.batch;
    recipe_ = train::make_paper_recipe(settings, data_);
    train::CellsSettings cells;
    cells.batch = options.batch;
    cells.profile_steps = 1;
    cells.generator.architecture = model::Architecture::kCells;
    cells.generator.output = model::OutputTransform::kProfiles;
    cells.generator.latent_size = 74;
    cells_recipe_ = train::make_cells_recipe(cells, data_);
    plain_cells_ = std::make_unique<PlainCellsStep>(data_, cells);
  }

  void run() {
    const std::vector<Pair> pairs = {
        {"generator, forward + backward", [this] { generator_pass(plain_generator); },
         [this] { generator_pass(train::generator_image); }},
        {"discriminator, forward + backward", [this] { discriminator_pass(plain_discriminator); },
         [this] {
           discriminator_pass([this](const train::TensorMap& parameters, const at::Tensor& cells) {
             return train::discriminate(network_.discriminator, parameters, cells);
           });
         }},
        {"step of recipe paper", [this] { plain_step_.run(); }, [this] { recipe_->step(step_++); }},
        {"step of recipe cells", [this] { plain_cells_->run(); }, [this] { cells_recipe_->step(cells_step_++); }}};
    fmt::print("batch {}, {} threads, {} rounds in turns\n", options_.batch, options_.threads, options_.rounds);
    for (const auto& pair : pairs)
      if (options_.only.empty() || pair.name.find(options_.only.front()) != std::string::npos) compare(pair);
  }

 private:
  template <typename Network>
  void generator_pass(const Network& network) {
    const auto cells = train::make_cells(spec_, train::rectify(network(spec_, generator_, latent_), 10), energy_);
    torch::autograd::backward({cells.square().sum()}, {});
    forget_gradients(generator_);
  }
  template <typename Network>
  void discriminator_pass(const Network& network) {
    const auto cells = cells_.detach().requires_grad_(true);
    const auto verdict = network(discriminator_, cells);
    torch::autograd::backward({verdict.real.sum() + verdict.aux.sum()}, {});
    forget_gradients(discriminator_);
  }

  void compare(const Pair& pair) {
    const auto with = [](bool ours, train::Precision precision, const std::function<void()>& run) {
      return [ours, precision, run] {
        use_allocator_of(ours);
        const train::PrecisionGuard guard(precision);
        run();
      };
    };
    const auto plain = with(false, train::Precision::kFloat32, pair.plain);
    const auto ours = with(true, train::Precision::kFloat32, pair.ours);
    const auto rounded = with(true, train::Precision::kBf16, pair.ours);
    const auto times =
        time_in_turns({{"plain", plain}, {"octocal", ours}, {"octocal, bf16", rounded}}, 1, options_.rounds);
    fmt::print("\n{}\n", pair.name);
    const auto line = [this](const char* name, const Quartiles& t) {
      const double images = static_cast<double>(options_.batch);
      fmt::print("  {:<16} {:8.2f} ms an image (quartiles {:.2f} {:.2f}), {:7.1f} images/s\n", name,
                 1e3 * t.median / images, 1e3 * t.low / images, 1e3 * t.high / images, images / t.median);
    };
    line("plain libtorch", times[0]);
    line("octocal", times[1]);
    line("octocal, bf16", times[2]);
    fmt::print("  ratio            {:8.2f}, bf16 {:.2f}\n", times[0].median / times[1].median,
               times[0].median / times[2].median);
    profile("plain libtorch", plain);
    profile("octocal", ours);
  }

  void profile(const char* name, const std::function<void()>& run) {
    const OpProfile profile;
    const auto start = std::chrono::steady_clock::now();
    run();
    const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    fmt::print("  {:<16}", name);
    auto kinds = profile.kinds(wall);
    for (const auto& [kind, seconds] : kinds) fmt::print(" | {} {:.1f} %", kind, 100 * seconds / wall);
    fmt::print(" | not convolution {:.1f} %\n", 100 * (1 - kinds["convolution"] / wall));
    if (!options_.operations) return;
    for (const auto& [operation, seconds] : profile.operations())
      if (seconds > 0.005 * wall)
        fmt::print("    {:6.2f} % {:8.3f} ms an image  {}\n", 100 * seconds / wall,
                   1e3 * seconds / static_cast<double>(options_.batch), operation);
  }

  Options options_;
  train::TrainingData data_;
  model::NetworkSpec network_;
  model::GeneratorSpec spec_;
  train::TensorMap generator_, discriminator_;
  at::Tensor latent_, energy_, cells_;
  PlainStep plain_step_;
  std::unique_ptr<train::Recipe> recipe_, cells_recipe_;
  std::unique_ptr<PlainCellsStep> plain_cells_;
  std::int64_t step_ = 0, cells_step_ = 0;
};

}  // namespace
}  // namespace octocal::bench

int main(int argc, char** argv) {
  octocal::bench::Options options;
  CLI::App app("octocal's training step against plain libtorch's");
  app.add_option("--batch", options.batch, "Showers a step")->check(CLI::Range(1, 4096));
  app.add_option("--rounds", options.rounds, "Turns that are timed")->check(CLI::Range(1, 1000));
  app.add_option("--threads", options.threads, "Threads of both")->check(CLI::Range(1, 1024));
  app.add_option("--data", options.data, "HDF5 file of showers");
  app.add_option("--only", options.only, "Only the comparison whose name holds this text");
  app.add_flag("--operations", options.operations, "Print the profile by operation too");
  CLI11_PARSE(app, argc, argv);
  at::set_num_threads(options.threads);
  octocal::bench::Bench(options).run();
  return 0;
}
