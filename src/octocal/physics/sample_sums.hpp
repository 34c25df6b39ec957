// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "octocal/data/shower_batch.hpp"
#include "octocal/physics/blocked_sums.hpp"
#include "octocal/physics/energy_range.hpp"
#include "octocal/physics/mean_image.hpp"
#include "octocal/physics/observable_sums.hpp"
#include "octocal/physics/shower_features.hpp"

namespace octocal::physics {

/// What samples must share to be compared: cells, energy bins, bins of histograms. Take it from the reference.
struct Frame {
  data::Geometry geometry;
  EnergyRange energies;
  HistogramRanges histograms;

  /// energy_gev: all energies of the reference; first: its first showers (some hundreds are enough).
  static Frame of(std::span<const float> energy_gev, const data::ShowerBatch& first);

  bool operator==(const Frame&) const = default;
};

/// Everything that is measured on one sample of showers, summed as they stream by. Memory does not grow with the number
/// of showers, but for nine bytes each (energy, ECAL and block: medians and quantiles need every value).
/// Copyable; one thread at a time, merge() joins the sums of several.
class SampleSums {
 public:
  explicit SampleSums(const Frame& frame);

  /// Adds showers; blocks[i] is the block of shower i of the batch, from energy_blocks() of the whole sample.
  /// Errors: bad_input if the batch has another geometry.
  void add(const data::ShowerBatch& batch, std::span<const std::uint8_t> blocks);

  /// Adds the other's showers behind the own ones. Precondition: same frame.
  void merge(const SampleSums& other);

  const Frame& frame() const noexcept { return frame_; }
  std::uint64_t showers() const noexcept { return shapes_.showers(); }

  const MeanImage& image() const noexcept { return image_; }
  const BlockedSums& shapes() const noexcept { return shapes_; }  ///< rows as in ShapeLayout, GeV
  /// Rows of (nz) layer energies over Ep and (nz, nz) their products.
  const BlockedSums& layers() const noexcept { return layers_; }
  const ObservableSums& observables() const noexcept { return observables_; }

  const std::vector<float>& energies_gev() const noexcept { return energy_gev_; }
  const std::vector<float>& ecal_gev() const noexcept { return ecal_gev_; }
  const std::vector<std::uint8_t>& blocks() const noexcept { return blocks_; }

  /// Whether this sample has the other's energies and blocks once or several times over (shower i those of the other's
  /// shower i modulo its size): differences are then taken block by block.
  bool paired_with(const SampleSums& other) const noexcept;

 private:
  Frame frame_;
  ShowerView view_;
  MeanImage image_;
  BlockedSums shapes_;
  BlockedSums layers_;
  ObservableSums observables_;
  std::vector<float> energy_gev_;
  std::vector<float> ecal_gev_;
  std::vector<std::uint8_t> blocks_;
};

}  // namespace octocal::physics
