// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/benched_network.hpp"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <span>
#include <system_error>
#include <thread>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/model/latent.hpp"

namespace octocal::study {
namespace {

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

Stopwatch::Stopwatch() : wall_(std::chrono::steady_clock::now()), processor_(processor_seconds()) {}

Times Stopwatch::lap() {
  const auto wall = std::chrono::steady_clock::now();
  const double processor = processor_seconds();
  const Times taken{std::chrono::duration<double>(wall - wall_).count(), processor - processor_};
  wall_ = wall;
  processor_ = processor;
  return taken;
}

NetworkInputs::NetworkInputs(const model::GeneratorInfo& info, std::size_t showers, std::uint64_t seed)
    : latent_size_(info.latent_size), noise_size_(info.noise_size), cells_(info.nx * info.ny * info.nz) {
  energies_.resize(showers);
  const double width = info.energy_max_gev - info.energy_min_gev;
  for (std::size_t i = 0; i < showers; ++i)
    energies_[i] =
        static_cast<float>(info.energy_min_gev + width * (static_cast<double>(i) + 0.5) / static_cast<double>(showers));
  latents_.resize(showers * latent_size_);
  model::make_latents(info.latent, seed, Draw::kLatent, 0, energies_, latents_);
  noise_.resize(showers * noise_size_);
  model::make_noise(seed, Draw::kLatent, 0, showers, noise_);
}

void NetworkInputs::run(const engine::Program& program, engine::Stream& stream, std::size_t batch,
                        std::vector<float>& cells) const {
  cells.resize(std::max(cells.size(), batch * cells_));
  for (std::size_t first = 0; first < showers(); first += batch) {
    const std::size_t count = std::min(batch, showers() - first);
    std::vector<std::span<const float>> inputs;
    for (const auto& input : program.inputs())
      inputs.push_back(input.name == "energy" ? std::span<const float>(energies_).subspan(first, count)
                       : input.name == "noise" && !noise_.empty()
                           ? std::span<const float>(noise_).subspan(first * noise_size_, count * noise_size_)
                           : std::span<const float>(latents_).subspan(first * latent_size_, count * latent_size_));
    const std::vector<std::span<float>> outputs = {std::span<float>(cells)};
    stream.run(count, inputs, outputs);
  }
}

void NetworkInputs::run(const engine::Program& program, engine::Stream& stream, std::size_t batch) const {
  std::vector<float> cells;
  run(program, stream, batch, cells);
}

BenchedNetwork::BenchedNetwork(OpenModel model, std::size_t showers, std::size_t max_batch, std::uint64_t seed)
    : model_(std::move(model)),
      program_(engine::Program::compile(model_.graph, {max_batch, model_.file})),
      inputs_(model_.info, showers, seed) {
  engine::warn_of_remarks(*program_);
  stream(0);
}

engine::Stream& BenchedNetwork::stream(std::size_t number) {
  while (streams_.size() <= number) streams_.emplace_back(program_);
  return streams_[number];
}

Times BenchedNetwork::run(std::size_t batch) {
  Stopwatch watch;
  inputs_.run(*program_, stream(0), batch, cells_);
  return watch.lap();
}

Times BenchedNetwork::run_streams(std::size_t streams, std::size_t batch) {
  stream(streams - 1);
  enum { kWait, kGo, kLeave };
  std::atomic<int> word = kWait;
  const auto say = [&](int what) {
    word = what;
    word.notify_all();
  };
  std::vector<double> processor(streams);
  std::vector<std::thread> threads;
  threads.reserve(streams);
  try {
    for (std::size_t s = 0; s < streams; ++s)
      threads.emplace_back([&, s] {
        pin_current_thread(static_cast<int>(s));  // it would stay on the core of the thread that made it
        std::vector<float> cells;
        word.wait(kWait);
        if (word == kLeave) return;
        Stopwatch watch;
        inputs_.run(*program_, streams_[s], batch, cells);
        processor[s] = watch.lap().processor;
      });
  } catch (const std::system_error&) {
    say(kLeave);
    for (auto& thread : threads) thread.join();
    throw run_failed(fmt::format("bench: no thread for {} streams can be had; ask for fewer", streams));
  }
  Stopwatch watch;
  say(kGo);
  for (auto& thread : threads) thread.join();
  Times times = watch.lap();
  times.processor = 0;
  for (const double seconds : processor) times.processor += seconds;
  return times;
}

std::vector<double> BenchedNetwork::layer_seconds(std::size_t batch) {
  stream(0).profile(true);
  run(batch);
  stream(0).profile(false);
  auto seconds = stream(0).layer_seconds();
  for (double& one : seconds) one /= static_cast<double>(inputs_.showers());
  return seconds;
}

}  // namespace octocal::study
