// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/sample_sums.hpp"

#include <fmt/format.h>

#include "octocal/base/error.hpp"
#include "octocal/base/expect.hpp"

namespace octocal::physics {

Frame Frame::of(std::span<const float> energy_gev, const data::ShowerBatch& first) {
  return {first.geometry, EnergyRange::of(energy_gev), histogram_ranges(first), layer_ranges(first)};
}

SampleSums::SampleSums(const Frame& frame)
    : frame_(frame),
      view_(frame.geometry),
      image_(frame.geometry),
      shapes_(ShapeLayout(frame.geometry).width),
      layers_(frame.geometry.nz * (1 + frame.geometry.nz)),
      observables_(frame.energies, frame.histograms),
      histograms_(frame.geometry, frame.layers),
      texture_(frame.geometry) {}

void SampleSums::add(const data::ShowerBatch& batch, std::span<const std::uint8_t> blocks) {
  if (!(batch.geometry == frame_.geometry)) {
    const auto &got = batch.geometry, &want = frame_.geometry;
    throw bad_input(
        fmt::format("showers of {}x{}x{} cells, expected {}x{}x{} (samples can be compared only on the same "
                    "calorimeter); give showers and models of one geometry",
                    got.nx, got.ny, got.nz, want.nx, want.ny, want.nz));
  }
  const std::size_t nz = frame_.geometry.nz;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    view_.look(batch.energy_gev[i], batch.shower(i));
    image_.add(batch.shower(i));
    const std::span<double> shape_row = shapes_.add_shower(blocks[i]);
    const std::span<const double> shapes = view_.shapes();
    for (std::size_t k = 0; k < shapes.size(); ++k) shape_row[k] += shapes[k];

    const std::span<double> layer_row = layers_.add_shower(blocks[i]);
    const std::span<const double> layer = view_.layers_gev();
    for (std::size_t k = 0; k < nz; ++k) {
      const double share = layer[k] / view_.energy_gev();
      layer_row[k] += share;
      double* const products = &layer_row[nz + k * nz];
      for (std::size_t l = 0; l < nz; ++l) products[l] += share * layer[l] / view_.energy_gev();
    }
    observables_.add(view_, blocks[i]);
    histograms_.add(batch.energy_gev[i], batch.shower(i), blocks[i]);
    texture_.add(batch.shower(i), blocks[i]);
    energy_gev_.push_back(batch.energy_gev[i]);
    ecal_gev_.push_back(static_cast<float>(view_.ecal_gev()));
    blocks_.push_back(blocks[i]);
  }
}

void SampleSums::merge(const SampleSums& other) {
  OCTOCAL_EXPECT(other.frame_ == frame_);
  image_.merge(other.image_);
  shapes_.merge(other.shapes_);
  layers_.merge(other.layers_);
  observables_.merge(other.observables_);
  histograms_.merge(other.histograms_);
  texture_.merge(other.texture_);
  energy_gev_.insert(energy_gev_.end(), other.energy_gev_.begin(), other.energy_gev_.end());
  ecal_gev_.insert(ecal_gev_.end(), other.ecal_gev_.begin(), other.ecal_gev_.end());
  blocks_.insert(blocks_.end(), other.blocks_.begin(), other.blocks_.end());
}

bool SampleSums::paired_with(const SampleSums& other) const noexcept {
  const std::size_t n = other.blocks_.size();
  if (n == 0 || blocks_.size() % n != 0) return blocks_.size() == n;
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    if (energy_gev_[i] != other.energy_gev_[i % n] || blocks_[i] != other.blocks_[i % n]) return false;
  }
  return true;
}

}  // namespace octocal::physics
