// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/measurement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/physics/cell_numbers.hpp"
#include "octocal/physics/comparisons.hpp"
#include "octocal/physics/energy_blocks.hpp"
#include "octocal/physics/nearest_showers.hpp"
#include "octocal/physics/profile_classifier.hpp"

namespace octocal::study {
namespace {

/// Showers a chunk: enough to keep many streams busy, 16 MB of cells.
constexpr std::size_t kChunk = 256;
/// Of the reference, at most so many showers are asked the likelihood of.
constexpr std::size_t kMostLikely = 1000;

/// One sample on its way through.
struct Running {
  SampleSource* source;
  physics::SampleSums sums;
  std::vector<std::uint8_t> blocks;
  data::ShowerBatch batch = {};
  std::optional<physics::PixelDifference> difference = {};
  std::optional<physics::ProfileFeatures> features = {};
  std::optional<physics::CellNumbers> cell_numbers = {};
  std::optional<physics::ShowerPoints> points = {};
  std::vector<double> nats = {};  ///< of the reference's first showers
  EventDisplay display = {};
};

EventDisplay display_of(const data::ShowerBatch& batch, std::size_t i, std::size_t shower) {
  EventDisplay display{shower, static_cast<double>(batch.energy_gev[i]), {}};
  const auto& g = batch.geometry;
  const auto cells = batch.shower(i);
  for (std::size_t k = 0; k < cells.size(); ++k) {
    if (cells[k] > data::kHitThresholdGev) {
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

void check_geometry(const SampleSource& source, const SampleSource& reference) {
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
    if (sample.features) sample.features->add(sample.batch);
    if (sample.cell_numbers) sample.cell_numbers->add(sample.batch);
    if (sample.points) sample.points->add(sample.batch);
    const std::size_t wanted = std::min(display, total - 1);
    if (wanted >= first && wanted < first + count) sample.display = display_of(sample.batch, wanted - first, wanted);
    added += count;
  }
  const auto& reference = samples.front().batch;
  const std::size_t likely = std::min(reference.size(), kMostLikely - std::min(first, kMostLikely));
  for (Running& sample : samples) {
    auto* likelihood = sample.source->likelihood();
    if (likelihood == nullptr || likely == 0) continue;
    const auto nats = likelihood->nats(reference, 0, likely);
    sample.nats.insert(sample.nats.end(), nats.begin(), nats.end());
  }
  for (Running& sample : samples) {
    if (!sample.difference || sample.batch.size() == 0) continue;
    sample.difference->add(sample.batch, samples[*base].batch,
                           std::span(sample.blocks).subspan(first, sample.batch.size()));
  }
  return added;
}

/// Blocks of a sample: the reference's, where it has the reference's energies once or several times over.
std::vector<std::uint8_t> blocks_of(const std::vector<float>& energies, const std::vector<float>& of_reference) {
  const std::size_t n = of_reference.size();
  bool repeated = energies.size() % n == 0;
  for (std::size_t i = 0; repeated && i < energies.size(); ++i) repeated = energies[i] == of_reference[i % n];
  if (!repeated) return physics::energy_blocks(energies);
  const auto once = physics::energy_blocks(of_reference);
  std::vector<std::uint8_t> blocks(energies.size());
  for (std::size_t i = 0; i < blocks.size(); ++i) blocks[i] = once[i % n];
  return blocks;
}

/// Whether table 5 can be counted: the same energies, and the same latents as far as is asked for.
bool are_pairs(const SampleSource& a, const SampleSource& b, bool whatever_latents) {
  const auto &of_a = a.identity().latents, &of_b = b.identity().latents;
  const bool same_latents = !of_a.empty() && of_a == of_b;
  return (same_latents || whatever_latents) && a.energies_gev() == b.energies_gev();
}

/// All samples, with room for what is asked for.
std::vector<Running> start(const std::vector<std::unique_ptr<SampleSource>>& sources, std::optional<std::size_t> base,
                           const physics::Frame& frame, const MeasureOptions& options) {
  const SampleSource& reference = *sources.front();
  const std::size_t at_most = reference.energies_gev().size();
  std::vector<Running> samples;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    SampleSource& source = *sources[i];
    check_geometry(source, reference);
    samples.push_back(
        {&source, physics::SampleSums(frame), blocks_of(source.energies_gev(), reference.energies_gev())});
    Running& sample = samples.back();
    if (options.classifier) {
      sample.features.emplace(frame.geometry, std::min(at_most, physics::kMostClassified));
      sample.cell_numbers.emplace(frame.geometry, std::min(at_most, physics::kMostClassified));
    }
    if (options.neighbours) sample.points.emplace(frame.geometry, std::min(at_most, physics::kMostNeighbours));
    if (base && i != *base && are_pairs(source, *sources[*base], options.whatever_latents)) sample.difference.emplace();
  }
  return samples;
}

/// All showers of the files, as points.
physics::ShowerPoints training_points(const std::vector<std::string>& patterns, const SampleSource& reference) {
  data::ShowerReader reader(data::expand_shower_files(patterns));
  if (!(reader.geometry() == reference.geometry())) {
    throw bad_input(
        fmt::format("{}: its showers have other cells than the reference {}; give the showers that the model was "
                    "trained on, on the same calorimeter",
                    patterns.front(), reference.identity().file));
  }
  physics::ShowerPoints points(reader.geometry());
  data::ShowerBatch batch;
  while (reader.next(batch, kChunk)) {
    throw_if_interrupted();
    points.add(batch);
  }
  return points;
}

/// The AUC of each sample against the reference, and of the reference's halves; comparisons get it, too.
using Classify = physics::ClassifierResult (*)(const physics::FeatureTable&, const physics::FeatureTable&,
                                               std::uint64_t);
template <typename Table>
void classify(const std::vector<Running>& samples, const Table& table_of, Classify tell,
              std::optional<physics::ClassifierResult> physics::SampleResult::*into, const std::string& quantity,
              std::uint64_t seed, std::vector<MeasuredSample>& measured) {
  const physics::FeatureTable& reference = table_of(samples.front());
  const auto blocks = std::span(samples.front().blocks).first(reference.rows());
  const auto floor = physics::classifier_floor(tell, reference, blocks, seed);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    throw_if_interrupted();
    auto& result = measured[i].result;
    auto& classifier = result.*into;
    classifier = tell(table_of(samples[i]), reference, seed);
    if (i == 0) {
      classifier->auc = floor;
      classifier->showers /= 2;
      continue;
    }
    classifier->auc.floor = floor.value;
    physics::add_classifier_comparison(result, quantity);
  }
}

/// How far the tables of numbers are apart; the reference's own are of its halves.
template <typename Table>
void find_distances(const std::vector<Running>& samples, const Table& table_of,
                    std::optional<physics::FeatureDistances> physics::SampleResult::*into,
                    std::vector<MeasuredSample>& measured) {
  const physics::FeatureTable& reference = table_of(samples.front());
  const auto halves = physics::half_distances(reference, samples.front().blocks);
  measured.front().result.*into = halves;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    throw_if_interrupted();
    auto& distances = measured[i].result.*into;
    distances = physics::feature_distances(table_of(samples[i]), samples[i].blocks, reference, samples.front().blocks);
    distances->frechet.floor = halves.frechet.value;
    distances->kernel.floor = halves.kernel.value;
  }
}

void find_neighbours(std::vector<Running>& samples, std::optional<physics::ShowerPoints> training,
                     std::vector<MeasuredSample>& measured) {
  const physics::NeighbourCheck check(std::move(*samples.front().points), std::move(training));
  measured.front().result.neighbours = check.of_reference();
  for (std::size_t i = 1; i < samples.size(); ++i) {
    throw_if_interrupted();
    measured[i].result.neighbours = check.of_sample(*samples[i].points);
  }
}

MeasuredLikelihood likelihood_of(const std::vector<Running>& samples, std::size_t i, std::optional<std::size_t> base) {
  const auto& nats = samples[i].nats;
  MeasuredLikelihood likelihood{nats.size(), mean_nats(nats), std::nullopt, {}};
  if (!base || i == *base || samples[*base].nats.size() != nats.size()) return likelihood;
  std::vector<double> lost(nats);
  for (std::size_t k = 0; k < lost.size(); ++k) lost[k] -= samples[*base].nats[k];
  likelihood.lost = mean_nats(lost);
  likelihood.lost_against = samples[*base].source->identity().name;
  return likelihood;
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

std::optional<std::size_t> table5_base(const std::vector<std::unique_ptr<SampleSource>>& sources) {
  std::optional<std::size_t> first_model;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const SampleIdentity& identity = sources[i]->identity();
    if (identity.kind != "model") continue;
    if (identity.precision == "float32") return i;
    if (!first_model) first_model = i;
  }
  return first_model;
}

std::vector<MeasuredSample> measure(const std::vector<std::unique_ptr<SampleSource>>& sources,
                                    std::optional<std::size_t> base, const std::string& progress_name,
                                    const MeasureOptions& options) {
  const SampleSource& reference = *sources.front();
  std::optional<physics::ShowerPoints> training;
  if (options.neighbours && !options.training.empty()) training = training_points(options.training, reference);
  data::ShowerBatch first_showers;
  sources.front()->read(0, std::min(kChunk, reference.energies_gev().size()), first_showers);
  const auto frame = physics::Frame::of(reference.energies_gev(), first_showers);
  const std::size_t display = display_shower(reference.energies_gev(), frame.energies);

  auto samples = start(sources, base, frame, options);
  std::size_t longest = 0, total = 0;
  for (const Running& sample : samples) {
    longest = std::max(longest, sample.blocks.size());
    total += sample.blocks.size();
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
    if (!samples[i].nats.empty()) measured[i].likelihood = likelihood_of(samples, i, base);
    if (samples[i].difference) {
      measured[i].table5 = samples[i].difference->table();
      measured[i].table5_against = sources[*base]->identity().name;
      measured[i].change = physics::paired_change(samples[i].sums, samples[*base].sums, samples[0].sums);
    }
  }
  if (options.classifier) {
    classify(
        samples, [](const Running& s) -> const auto& { return s.features->table(); }, physics::classify_profiles,
        &physics::SampleResult::classifier_profiles, "auc_profiles", options.seed, measured);
    classify(
        samples, [](const Running& s) -> const auto& { return s.cell_numbers->table(); },
        physics::classify_cell_numbers, &physics::SampleResult::classifier_cell_numbers, "auc_cells_summary",
        options.seed, measured);
    find_distances(
        samples, [](const Running& s) -> const auto& { return s.features->table(); },
        &physics::SampleResult::distances_profiles, measured);
    find_distances(
        samples, [](const Running& s) -> const auto& { return s.cell_numbers->table(); },
        &physics::SampleResult::distances_cell_numbers, measured);
    for (std::size_t i = 1; i < measured.size(); ++i) physics::add_distance_comparisons(measured[i].result);
  }
  if (options.neighbours) find_neighbours(samples, std::move(training), measured);
  return measured;
}

}  // namespace octocal::study
