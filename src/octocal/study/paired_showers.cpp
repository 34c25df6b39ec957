// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/paired_showers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/physics/energy_blocks.hpp"
#include "octocal/physics/shower_features.hpp"

namespace octocal::study {
namespace {

constexpr std::size_t kFirstShowers = 128;
// A chunk that keeps every stream busy and lets Ctrl-C through within a second.
constexpr std::size_t kPairedChunk = 64;
// Pixels below this share of a profile's largest are not judged: they hold next to no energy.
constexpr double kJudgedPixels = 0.01;

double counted(float cell) noexcept { return cell < data::kCellThresholdGev ? 0.0 : static_cast<double>(cell); }

}  // namespace

/// A row a shower: shapes (ShapeLayout), hits, ECAL, and the summed difference of cells from float32.
class PairedShowers::Sums {
 public:
  explicit Sums(const data::Geometry& geometry) : view_(geometry), sums_(physics::ShapeLayout(geometry).width + 3) {}

  void add(std::size_t block, float energy_gev, std::span<const float> cells, std::span<const float> float32) {
    view_.look(energy_gev, cells);
    auto row = sums_.add_shower(block);
    const auto shapes = view_.shapes();
    for (std::size_t i = 0; i < shapes.size(); ++i) row[i] += shapes[i];
    row[shapes.size()] += view_.feature(physics::Feature::kHits);
    row[shapes.size() + 1] += view_.ecal_gev();
    for (std::size_t k = 0; k < cells.size(); ++k)
      row[shapes.size() + 2] += std::abs(counted(cells[k]) - counted(float32[k]));
  }

  const physics::BlockedSums& sums() const noexcept { return sums_; }

 private:
  physics::ShowerView view_;
  physics::BlockedSums sums_;
};

PairedShowers::PairedShowers(const OpenModel& source, std::vector<float> energy_gev, const EngineSettings& engine,
                             std::uint64_t seed)
    : source_(source), engine_(engine), seed_(seed) {
  float32_.geometry = {source.info.nx, source.info.ny, source.info.nz};
  float32_.energy_gev = std::move(energy_gev);
  blocks_ = physics::energy_blocks(float32_.energy_gev);
}

PairedShowers::PairedShowers(PairedShowers&&) noexcept = default;
PairedShowers::~PairedShowers() = default;

void PairedShowers::set_reference(const data::ShowerBatch& reference) {
  const auto& own = float32_.geometry;
  const auto& other = reference.geometry;
  if (own != other)
    throw bad_input(fmt::format(
        "{}: showers of {} x {} x {} cells, the reference has {} x {} x {}; give a reference of the model's "
        "calorimeter",
        source_.file, own.nx, own.ny, own.nz, other.nx, other.ny, other.nz));
  reference_ = reference;
}

void PairedShowers::make_float32(std::size_t count) {
  const std::size_t cells = float32_.geometry.cells();
  const std::size_t made = float32_.cells_gev.size() / cells;
  if (made >= count) return;
  if (!generator_) generator_ = make_generator(source_, engine_, seed_);
  std::vector<float> fresh((count - made) * cells);
  for (std::size_t first = made; first < count; first += kPairedChunk) {
    throw_if_interrupted();
    const std::size_t n = std::min(kPairedChunk, count - first);
    generator_->generate(first, std::span(float32_.energy_gev).subspan(first, n),
                         std::span(fresh).subspan((first - made) * cells, n * cells));
  }
  float32_.cells_gev.insert(float32_.cells_gev.end(), fresh.begin(), fresh.end());
}

void PairedShowers::tell_nats() {
  if (!float32_likelihood_ && CellLikelihood::is_known_of(source_.graph))
    float32_likelihood_ = std::make_unique<CellLikelihood>(source_.graph, source_.file);
}

void PairedShowers::find_lost_nats(CellLikelihood& model, std::size_t count, std::vector<double>& found) {
  const auto own = float32_likelihood_->nats(float32_, float32_nats_.size(),
                                             std::max(count, float32_nats_.size()) - float32_nats_.size());
  float32_nats_.insert(float32_nats_.end(), own.begin(), own.end());
  const auto first = found.size();
  for (const double nats : model.nats(float32_, first, count - first))
    found.push_back(nats - float32_nats_[found.size()]);
}

PairedShowers::Comparison PairedShowers::compare(const model::Graph& graph,
                                                 const std::function<bool(const Numbers&)>& enough) {
  OpenModel compared;
  compared.file = source_.file;
  compared.graph = graph;
  compared.info = source_.info;
  const auto generator = make_generator(compared, engine_, seed_);
  const auto& geometry = float32_.geometry;
  const std::size_t cells = geometry.cells();
  const physics::ShapeLayout layout(geometry);
  Sums model(geometry), float32(geometry), reference(geometry);
  std::vector<float> chunk(kPairedChunk * cells);
  Comparison result;
  std::unique_ptr<CellLikelihood> likelihood;
  if (float32_likelihood_) likelihood = std::make_unique<CellLikelihood>(graph, source_.file);
  std::vector<double> lost_nats;
  for (std::size_t wanted = std::min(kFirstShowers, size());; wanted = std::min(2 * wanted, size())) {
    make_float32(wanted);
    for (std::size_t first = result.showers; first < wanted; first += kPairedChunk) {
      throw_if_interrupted();
      const std::size_t n = std::min(kPairedChunk, wanted - first);
      generator->generate(first, std::span(float32_.energy_gev).subspan(first, n), std::span(chunk).first(n * cells));
      for (std::size_t i = first; i < first + n; ++i) {
        const auto own = std::span<const float>(chunk).subspan((i - first) * cells, cells);
        model.add(blocks_[i], float32_.energy_gev[i], own, float32_.shower(i));
        float32.add(blocks_[i], float32_.energy_gev[i], float32_.shower(i), float32_.shower(i));
        if (reference_.size() > 0)
          reference.add(blocks_[i], reference_.energy_gev[i], reference_.shower(i), reference_.shower(i));
      }
    }
    result.showers = wanted;

    const bool has_reference = reference_.size() > 0;
    const auto aim = has_reference ? reference.sums().mean() : std::vector<double>();
    const auto mse = [&](std::span<const double> a, std::span<const double> b) {
      double difference = 0, scale = 0;
      for (std::size_t plane = 0; plane < 3; ++plane)
        for (std::size_t i = layout.projection[plane]; i < layout.projection[plane] + layout.area[plane]; ++i) {
          const auto pixels = static_cast<double>(layout.area[plane]);
          difference += (a[i] - b[i]) * (a[i] - b[i]) / pixels;
          scale += b[i] * b[i] / pixels;
        }
      return difference / scale;
    };
    // Pixels are chosen once, from all showers: the jackknife must not change what it looks at.
    const auto float32_mean = float32.sums().mean();
    std::array<std::vector<std::size_t>, 2> pixels;
    for (std::size_t axis = 1; axis < 3; ++axis) {
      const auto profile = std::span(float32_mean).subspan(layout.profile[axis], layout.length[axis]);
      const double largest = *std::max_element(profile.begin(), profile.end());
      for (std::size_t i = 0; i < profile.size(); ++i)
        if (profile[i] > kJudgedPixels * largest) pixels[axis - 1].push_back(layout.profile[axis] + i);
    }
    const auto numbers = physics::estimate(
        model.sums(), float32.sums(), true, [&](std::span<const double> a, std::span<const double> b) {
          const std::size_t hits = layout.width, ecal = hits + 1, distance = hits + 2;
          const double shift = a[ecal] / b[ecal] - 1;
          const double difference = mse(a, b);
          std::vector<double> f = {shift, a[hits] / b[hits] - 1, a[distance] / b[ecal], difference};
          if (has_reference) {
            const double own = mse(a, aim), other = mse(b, aim);
            f.push_back(own / other - 1);
            f.push_back(std::abs(shift) + std::sqrt(std::max(0.0, own - other)));
          } else {
            f.push_back(0);
            f.push_back(std::abs(shift) + std::sqrt(difference));
          }
          for (const auto& axis : pixels)
            for (const auto i : axis) f.push_back(a[i] / b[i] - 1);
          return f;
        });
    auto& named = result.numbers;
    named = {{"ecal", numbers[0]}, {"hits", numbers[1]}, {"cells", numbers[2]}, {"mse", numbers[3]}};
    if (has_reference) named["mse_excess"] = numbers[4];
    named["score"] = numbers[5];
    std::size_t next = 6;
    for (std::size_t axis = 0; axis < 2; ++axis) {
      auto& worst = named[axis == 0 ? "profile_y" : "profile_z"];
      worst = {0, 0, physics::kUndefined};
      for (std::size_t k = 0; k < pixels[axis].size(); ++k, ++next)
        if (!(std::abs(numbers[next].value) <= std::abs(worst.value))) worst = numbers[next];
    }
    if (likelihood) {
      find_lost_nats(*likelihood, wanted, lost_nats);
      named["nats"] = mean_nats(lost_nats);
    }
    if (wanted == size() || enough(named)) return result;
  }
}

}  // namespace octocal::study
