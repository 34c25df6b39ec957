// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "octocal/data/shower_batch.hpp"
#include "octocal/physics/blocked_sums.hpp"
#include "octocal/physics/cell_texture.hpp"
#include "octocal/physics/energy_range.hpp"
#include "octocal/physics/mean_image.hpp"
#include "octocal/physics/observable_sums.hpp"
#include "octocal/physics/shower_features.hpp"
#include "octocal/physics/shower_histograms.hpp"

namespace octocal::physics {

/// What samples must share to be compared: cells, energy bins, bins of histograms. Take it from the reference.
struct Frame {
  data::Geometry geometry;     ///< cells
  EnergyRange energies;        ///< of the reference
  HistogramRanges histograms;  ///< that hold the first showers with room to spare
  LayerRanges layers;          ///< of separation power: the same of each layer

  /// energy_gev: all energies of the reference; first: its first showers (some hundreds are enough).
  static Frame of(std::span<const float> energy_gev, const data::ShowerBatch& first);

  bool operator==(const Frame&) const = default;
};

/// Everything that is measured on one sample of showers, summed as they stream by. Memory does not grow with the number
/// of showers, but for nine bytes each (energy, ECAL and block: medians and quantiles need every value).
/// Copyable; one thread at a time, merge() joins the sums of several.
class SampleSums {
 public:
  /// Of no shower yet.
  explicit SampleSums(const Frame& frame);

  /// Adds showers; blocks[i] is the block of shower i of the batch, from energy_blocks() of the whole sample.
  /// Errors: bad_input if the batch has another geometry.
  void add(const data::ShowerBatch& batch, std::span<const std::uint8_t> blocks);

  /// Adds the other's showers behind the own ones. Precondition: same frame.
  void merge(const SampleSums& other);

  const Frame& frame() const noexcept { return frame_; }                ///< of the constructor
  std::uint64_t showers() const noexcept { return shapes_.showers(); }  ///< that were added

  const MeanImage& image() const noexcept { return image_; }      ///< the mean shower, cell by cell
  const BlockedSums& shapes() const noexcept { return shapes_; }  ///< rows as in ShapeLayout, GeV
  /// Rows of (nz) layer energies over Ep and (nz, nz) their products.
  const BlockedSums& layers() const noexcept { return layers_; }
  /// Features of the showers.
  const ObservableSums& observables() const noexcept { return observables_; }
  /// Histograms of showers and layers, and single cells with their neighbours.
  const ShowerHistograms& histograms() const noexcept { return histograms_; }
  const CellTexture& texture() const noexcept { return texture_; }

  /// Primary energy, ECAL and block of every shower, in the order in which they were added.
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
  ShowerHistograms histograms_;
  CellTexture texture_;
  std::vector<float> energy_gev_;
  std::vector<float> ecal_gev_;
  std::vector<std::uint8_t> blocks_;
};

}  // namespace octocal::physics
