#include "octocal/cli/validate_measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/physics/energy_blocks.hpp"

namespace octocal::cli {
namespace {

/// Showers a chunk: enough to keep many streams busy, 16 MB of cells.
constexpr std::size_t kChunk = 256;

/// One sample on its way through.
struct Running {
  ShowerSource* source;
  physics::SampleSums sums;
  std::vector<std::uint8_t> blocks;
  data::ShowerBatch batch;
  std::optional<physics::PixelDifference> difference;
  EventDisplay display;
};

EventDisplay display_of(const data::ShowerBatch& batch, std::size_t i, std::size_t shower) {
  EventDisplay display{shower, static_cast<double>(batch.energy_gev[i]), {}};
  const auto& g = batch.geometry;
  const auto cells = batch.shower(i);
  for (std::size_t k = 0; k < cells.size(); ++k) {
    if (cells[k] > physics::kHitThresholdGev) {
      display.hits.push_back({k / (g.ny * g.nz), k / g.nz % g.ny, k % g.nz, cells[k]});
    }
  }
  std::stable_sort(display.hits.begin(), display.hits.end(),
                   [](const EventDisplay::Hit& a, const EventDisplay::Hit& b) { return a.gev > b.gev; });
  return display;
}

/// The shower whose energy is nearest to the middle of the range.
std::size_t display_shower(const std::vector<float>& energies, const physics::EnergyRange& range) {
  const double middle = (range.low_gev + range.high_gev) / 2;
  const auto nearest = std::min_element(energies.begin(), energies.end(), [&](float a, float b) {
    return std::abs(static_cast<double>(a) - middle) < std::abs(static_cast<double>(b) - middle);
  });
  return static_cast<std::size_t>(nearest - energies.begin());
}

void check_geometry(const ShowerSource& source, const ShowerSource& reference) {
  const auto &got = source.geometry(), &want = reference.geometry();
  if (got == want) return;
  throw bad_input(fmt::format(
      "{}: showers of {}x{}x{} cells, {} has {}x{}x{} (samples can be compared only on the same "
      "calorimeter); give files and models of one geometry",
      source.identity().file, got.nx, got.ny, got.nz, reference.identity().file, want.nx, want.ny, want.nz));
}

/// Adds the next chunk of every sample that still has showers. Returns how many were added.
std::size_t add_chunk(std::vector<Running>& samples, std::optional<std::size_t> base, std::size_t first,
                      std::size_t display) {
  std::size_t added = 0;
  for (Running& sample : samples) {
    throw_if_interrupted();
    const std::size_t total = sample.blocks.size();
    const std::size_t count = first < total ? std::min(kChunk, total - first) : 0;
    sample.batch.resize(0);
    if (count == 0) continue;
    sample.source->read(first, count, sample.batch);
    sample.sums.add(sample.batch, std::span(sample.blocks).subspan(first, count));
    const std::size_t wanted = std::min(display, total - 1);
    if (wanted >= first && wanted < first + count) sample.display = display_of(sample.batch, wanted - first, wanted);
    added += count;
  }
  for (Running& sample : samples) {
    if (!sample.difference || sample.batch.size() == 0) continue;
    sample.difference->add(sample.batch, samples[*base].batch,
                           std::span(sample.blocks).subspan(first, sample.batch.size()));
  }
  return added;
}

MeasuredSample finish(const Running& sample) {
  MeasuredSample measured;
  measured.identity = sample.source->identity();
  measured.timing = sample.source->timing();
  measured.display = sample.display;
  measured.peak_memory_bytes = peak_memory_bytes();
  return measured;
}

}  // namespace

std::optional<std::size_t> table5_base(const std::vector<std::unique_ptr<ShowerSource>>& sources) {
  std::optional<std::size_t> first_model;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const SampleIdentity& identity = sources[i]->identity();
    if (identity.kind != "model") continue;
    if (identity.precision == "float32") return i;
    if (!first_model) first_model = i;
  }
  return first_model;
}

std::vector<MeasuredSample> measure(const std::vector<std::unique_ptr<ShowerSource>>& sources,
                                    std::optional<std::size_t> base, const std::string& progress_name,
                                    bool whatever_latents) {
  const ShowerSource& reference = *sources.front();
  data::ShowerBatch first_showers;
  sources.front()->read(0, std::min(kChunk, reference.energies_gev().size()), first_showers);
  const auto frame = physics::Frame::of(reference.energies_gev(), first_showers);
  const std::size_t display = display_shower(reference.energies_gev(), frame.energies);

  std::vector<Running> samples;
  std::size_t longest = 0, total = 0;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    ShowerSource& source = *sources[i];
    check_geometry(source, reference);
    samples.push_back({&source, physics::SampleSums(frame), physics::energy_blocks(source.energies_gev()), {}, {}, {}});
    longest = std::max(longest, source.energies_gev().size());
    total += source.energies_gev().size();
    if (!base || i == *base) continue;
    const auto& latents = source.identity().latents;
    const bool same_latents = !latents.empty() && latents == sources[*base]->identity().latents;
    if ((same_latents || whatever_latents) && source.energies_gev() == sources[*base]->energies_gev())
      samples.back().difference.emplace();
  }

  Progress progress(progress_name, "showers", total);
  std::size_t done = 0;
  for (std::size_t first = 0; first < longest; first += kChunk) {
    done += add_chunk(samples, base, first, display);
    progress.update(done);
  }
  progress.finish();

  std::vector<MeasuredSample> measured;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    throw_if_interrupted();
    measured.push_back(finish(samples[i]));
    measured[i].result = i == 0 ? physics::describe_reference(samples[0].sums)
                                : physics::describe_sample(samples[i].sums, samples[0].sums, measured[0].result);
    if (samples[i].difference) {
      measured[i].table5 = samples[i].difference->table();
      measured[i].table5_against = sources[*base]->identity().name;
    }
  }
  return measured;
}

}  // namespace octocal::cli
