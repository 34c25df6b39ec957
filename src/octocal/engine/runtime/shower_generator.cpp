// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/shower_generator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <exception>
#include <limits>
#include <mutex>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/engine/runtime/float_modes.hpp"
#include "octocal/engine/runtime/stream_pool.hpp"
#include "octocal/model/energy_range.hpp"
#include "octocal/model/latent.hpp"

namespace octocal::engine {
namespace {

int stream_count(int asked) {
  if (asked < 0 || asked > kMostStreams)
    throw bad_input(
        fmt::format("{} streams (expected 0 to {}, 0: one a core); choose another number", asked, kMostStreams));
  return asked == 0 ? usable_cores() : asked;
}

/// Where the graph's inputs are among its three possible ones.
struct InputOrder {
  int latent = -1, energy = -1, noise = -1;
};

InputOrder order_of(const Program& program, const model::GeneratorInfo& info, const std::string& origin) {
  InputOrder order;
  const auto& inputs = program.inputs();
  for (std::size_t i = 0; i < inputs.size(); ++i)
    (inputs[i].name == "energy"                         ? order.energy
     : inputs[i].name == "noise" && info.noise_size > 0 ? order.noise
                                                        : order.latent) = static_cast<int>(i);
  const std::size_t expected = 1U + (info.has_energy_input ? 1U : 0U) + (info.noise_size > 0 ? 1U : 0U);
  if (inputs.size() != expected || order.latent < 0 || (order.energy >= 0) != info.has_energy_input ||
      (order.noise >= 0) != (info.noise_size > 0))
    throw bad_input(fmt::format("{}: {} inputs (expected latent{}{}); give the model that its description is of",
                                origin, inputs.size(), info.has_energy_input ? ", energy" : "",
                                info.noise_size > 0 ? ", noise" : ""));
  const auto& outputs = program.outputs();
  const std::array image = {static_cast<std::int64_t>(info.nx), static_cast<std::int64_t>(info.ny),
                            static_cast<std::int64_t>(info.nz)};
  if (outputs.size() != 1 || model::cells_of_output(outputs[0].shape) != image)
    throw bad_input(fmt::format("{}: {} outputs, the first of shape {} (expected one of {}); give a generator", origin,
                                outputs.size(), outputs.empty() ? "()" : model::to_string(outputs[0].shape),
                                model::to_string({model::kBatch, image[0], image[1], image[2]})));
  return order;
}

/// The first of several showers, noted by any thread in any order.
class FirstBad {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  void note(std::size_t shower) noexcept {
    auto known = first_.load(std::memory_order_relaxed);
    while (shower < known && !first_.compare_exchange_weak(known, shower, std::memory_order_relaxed)) {
    }
  }
  std::size_t shower() const noexcept { return first_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> first_{kNone};
};

}  // namespace

void check_generator(const model::Graph& graph, const model::GeneratorInfo& info, const std::string& origin) {
  order_of(*Program::compile(graph, {1, origin}), info, origin);
}

struct ShowerGenerator::Impl {
  Impl(const model::Graph& graph, model::GeneratorInfo description, const GeneratorOptions& given)
      : Impl(Program::compile(graph, {given.batch, given.origin}), std::move(description), given) {}

  Impl(std::shared_ptr<const Program> compiled, model::GeneratorInfo description, const GeneratorOptions& given)
      : info(std::move(description)),
        options(given),
        program(std::move(compiled)),
        order(order_of(*program, info, options.origin)),
        pool(program, stream_count(options.streams), options.affinity) {
    latents.resize(static_cast<std::size_t>(pool.size()));
    for (auto& own : latents) own.resize(options.batch * info.latent_size);
    noise.resize(latents.size());
    for (auto& own : noise) own.resize(options.batch * info.noise_size);
  }

  std::size_t cells() const { return info.nx * info.ny * info.nz; }

  void check_sizes(std::size_t showers, std::size_t cell_numbers, std::size_t latent_numbers,
                   bool latents_given) const {
    if (cell_numbers != showers * cells())
      throw bad_input(fmt::format("{} showers into {} cells (expected {} a shower); give room for each", showers,
                                  cell_numbers, cells()));
    if ((latents_given || latent_numbers != 0) && latent_numbers != showers * info.latent_size)
      throw bad_input(
          fmt::format("{} showers and {} latent numbers (expected {} a shower); give as many as the model takes",
                      showers, latent_numbers, info.latent_size));
  }

  /// Runs showers start .. start + n - 1 of this call on a stream. Notes the first whose cells are not all finite.
  void run_chunk(Stream& stream, std::size_t worker, ShowerNumber first, std::size_t start,
                 std::span<const float> chunk_latents, std::span<const float> energies, std::span<float> cell_numbers,
                 FirstBad& bad) noexcept {
    std::array<std::span<const float>, 3> inputs;
    if (order.noise >= 0) {
      const auto own = std::span(noise[worker]).first(energies.size() * info.noise_size);
      model::make_noise(options.seed, Draw::kLatent, {first.number + start, first.series}, energies.size(), own);
      inputs[static_cast<std::size_t>(order.noise)] = own;
    }
    inputs[static_cast<std::size_t>(order.latent)] = chunk_latents;
    if (order.energy >= 0) inputs[static_cast<std::size_t>(order.energy)] = energies;
    const std::array<std::span<float>, 1> outputs = {cell_numbers};
    const std::size_t used = 1U + (order.energy >= 0 ? 1U : 0U) + (order.noise >= 0 ? 1U : 0U);
    stream.run(energies.size(), std::span(inputs).first(used), outputs);
    const auto threshold = static_cast<float>(info.threshold_gev);
    bool finite = true;
    for (float& cell : cell_numbers) {
      finite &= std::abs(cell) <= std::numeric_limits<float>::max();
      cell = cell < threshold ? 0.0F : cell;
    }
    if (!finite) bad.note(start + first_bad_shower(cell_numbers));
  }

  std::size_t first_bad_shower(std::span<const float> cell_numbers) const noexcept {
    const auto bad = std::find_if(cell_numbers.begin(), cell_numbers.end(), [](float c) { return !std::isfinite(c); });
    return static_cast<std::size_t>(bad - cell_numbers.begin()) / cells();
  }

  /// Error: run_failed if a shower was noted; `first` is the number of the call's first.
  void refuse(const FirstBad& bad, std::uint64_t first, std::span<const float> energies,
              std::span<const float> cell_numbers) const {
    const std::size_t shower = bad.shower();
    if (shower == FirstBad::kNone) return;
    const auto own = cell_numbers.subspan(shower * cells(), cells());
    throw run_failed(
        fmt::format("{}: shower {} at {:.6g} GeV holds {} (the model is damaged or far outside its range); "
                    "train it again, or stay inside its range",
                    options.origin, first + shower, energies[shower],
                    *std::find_if(own.begin(), own.end(), [](float c) { return !std::isfinite(c); })));
  }

  /// Error: bad_input for a series that a shower cannot have.
  void check_series(ShowerNumber first) const {
    if (first.series >= ShowerNumber::kSeries ||
        (first.series != 0 && (info.latent_size > kMostNormals || info.noise_size > model::kMostNoise)))
      throw bad_input(fmt::format(
          "series {} of a model of {} latents (expected a series below {}, and at most {} latents in any but "
          "series 0); number the showers otherwise",
          first.series, info.latent_size, ShowerNumber::kSeries, kMostNormals));
  }

  /// Makes a block, a batch at a time.
  void run_block(Stream& stream, std::size_t worker, const ShowerBlock& block) {
    const std::size_t showers = block.energy_gev.size(), columns = info.latent_size;
    check_sizes(showers, block.cells_gev.size(), block.latents.size(), block.latents_given);
    model::check_energies(info, options.origin, block.energy_gev, options.extrapolate);
    check_series(block.first);
    FirstBad bad;
    for (std::size_t start = 0; start < showers; start += options.batch) {
      const std::size_t count = std::min(options.batch, showers - start);
      const auto energies = block.energy_gev.subspan(start, count);
      const auto chosen = block.latents.empty() ? std::span(latents[worker]).first(count * columns)
                                                : block.latents.subspan(start * columns, count * columns);
      if (!block.latents_given)
        model::make_latents(info.latent, options.seed, Draw::kLatent, {block.first.number + start, block.first.series},
                            energies, chosen);
      run_chunk(stream, worker, block.first, start, chosen, energies,
                block.cells_gev.subspan(start * cells(), count * cells()), bad);
    }
    refuse(bad, block.first.number, block.energy_gev, block.cells_gev);
  }

  /// Calls chunk(stream, worker, first, count) over n showers, a batch at a time, on all streams.
  template <typename Chunk>
  void in_chunks(std::size_t n, Chunk chunk) {
    const std::size_t batch = options.batch;
    pool.run((n + batch - 1) / batch, [&](Stream& stream, std::size_t worker, std::size_t job) {
      const DefaultFloatModes modes;
      chunk(stream, worker, job * batch, std::min(batch, n - job * batch));
    });
  }

  model::GeneratorInfo info;
  GeneratorOptions options;
  std::shared_ptr<const Program> program;
  InputOrder order;
  std::vector<std::vector<float>> latents, noise;  ///< one a stream, used by its jobs alone
  StreamPool pool;
};

ShowerGenerator::ShowerGenerator(const model::Graph& graph, const model::GeneratorInfo& info,
                                 const GeneratorOptions& options)
    : impl_(std::make_unique<Impl>(graph, info, options)) {}
ShowerGenerator::ShowerGenerator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ShowerGenerator::~ShowerGenerator() = default;

ShowerGenerator ShowerGenerator::share() const {
  auto options = impl_->options;
  options.streams = 1;
  options.affinity = Affinity::kNone;
  return ShowerGenerator(std::make_unique<Impl>(impl_->program, impl_->info, options));
}

const model::GeneratorInfo& ShowerGenerator::info() const noexcept { return impl_->info; }
const Program& ShowerGenerator::program() const noexcept { return *impl_->program; }
int ShowerGenerator::streams() const noexcept { return impl_->pool.size(); }

void ShowerGenerator::generate(ShowerNumber first, std::span<const float> energy_gev, std::span<float> cells_gev,
                               std::span<float> latents) {
  impl_->check_sizes(energy_gev.size(), cells_gev.size(), latents.size(), false);
  model::check_energies(impl_->info, impl_->options.origin, energy_gev, impl_->options.extrapolate);
  impl_->check_series(first);
  const auto& info = impl_->info;
  const std::size_t cells = impl_->cells();
  FirstBad bad;
  impl_->in_chunks(energy_gev.size(), [&](Stream& stream, std::size_t worker, std::size_t start, std::size_t count) {
    const auto energies = energy_gev.subspan(start, count);
    const std::span own(impl_->latents[worker].data(), count * info.latent_size);
    const auto chosen = latents.empty() ? own : latents.subspan(start * info.latent_size, count * info.latent_size);
    model::make_latents(info.latent, impl_->options.seed, Draw::kLatent, {first.number + start, first.series}, energies,
                        chosen);
    impl_->run_chunk(stream, worker, first, start, chosen, energies, cells_gev.subspan(start * cells, count * cells),
                     bad);
  });
  impl_->refuse(bad, first.number, energy_gev, cells_gev);
}

void ShowerGenerator::generate_from(std::span<const float> latents, std::span<const float> energy_gev,
                                    std::span<float> cells_gev, std::uint64_t first) {
  impl_->check_sizes(energy_gev.size(), cells_gev.size(), latents.size(), true);
  model::check_energies(impl_->info, impl_->options.origin, energy_gev, impl_->options.extrapolate);
  const std::size_t columns = impl_->info.latent_size;
  const std::size_t cells = impl_->cells();
  FirstBad bad;
  impl_->in_chunks(energy_gev.size(), [&](Stream& stream, std::size_t worker, std::size_t start, std::size_t count) {
    impl_->run_chunk(stream, worker, first, start, latents.subspan(start * columns, count * columns),
                     energy_gev.subspan(start, count), cells_gev.subspan(start * cells, count * cells), bad);
  });
  impl_->refuse(bad, first, energy_gev, cells_gev);
}

void ShowerGenerator::make_blocks(std::size_t blocks, BlockWork& work) {
  std::mutex mutex;  // guards what follows
  std::exception_ptr failure;
  std::size_t failed = blocks;
  impl_->pool.run(blocks, [&](Stream& stream, std::size_t worker, std::size_t number) {
    {
      const std::lock_guard lock(mutex);
      if (failure) return;
    }
    try {
      ShowerBlock block;
      if (!work.begin(number, block)) return;
      {
        const DefaultFloatModes modes;
        impl_->run_block(stream, worker, block);
      }
      work.finish(number);
    } catch (...) {
      {
        const std::lock_guard lock(mutex);
        if (number < failed) {
          failure = std::current_exception();
          failed = number;
        }
      }
      work.stop();
    }
  });
  if (failure) std::rethrow_exception(failure);
}

}  // namespace octocal::engine
