// SPDX-License-Identifier: Apache-2.0
#include "octocal/geant4/shower_source.hpp"

#include <fmt/format.h>

#include <cmath>
#include <span>

#include "octocal/base/error.hpp"
#include "octocal/engine/shower_generator.hpp"
#include "octocal/model/onnx_file.hpp"

namespace octocal::geant4 {
namespace {

double dot(const Vector& a, const Vector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

Vector cross(const Vector& a, const Vector& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

Vector unit(const Vector& v) {
  const double length = std::sqrt(dot(v, v));
  if (!(length > 0) || !std::isfinite(length))
    throw bad_input("shower direction: has no length; give the primary's momentum direction");
  return {v[0] / length, v[1] / length, v[2] / length};
}

/// Width of the parts of a shower's number.
constexpr int kTrackBits = 32;
constexpr int kDetectorBits = 9;

std::uint64_t checked(const char* part, std::int64_t value, int bits) {
  const std::int64_t end = std::int64_t{1} << bits;
  if (value < 0 || value >= end)
    throw bad_input(fmt::format("{} {}: outside 0 to {}; number it from 0", part, value, end - 1));
  return static_cast<std::uint64_t>(value);
}

double middle(std::size_t cells) { return (static_cast<double>(cells) - 1) / 2; }

}  // namespace

ShowerFrame shower_frame(const Vector& direction, const Vector& layer_normal) {
  const Vector straight = unit(direction);
  const bool follows = layer_normal == Vector{0, 0, 0};
  const Vector normal = follows ? straight : unit(layer_normal);
  const double cosine = follows ? 1.0 : dot(straight, normal);
  if (cosine < 0.0175)
    throw bad_input(
        fmt::format("shower direction ({}, {}, {}): goes along the layers or out of their front face (their normal is "
                    "{}, {}, {}); simulate such a primary in full",
                    direction[0], direction[1], direction[2], normal[0], normal[1], normal[2]));
  const Vector near_x = std::abs(normal[0]) < 0.999 ? Vector{1, 0, 0} : Vector{0, 1, 0};
  ShowerFrame frame;
  frame.y = unit(cross(normal, near_x));
  frame.x = cross(frame.y, normal);
  for (std::size_t i = 0; i < 3; ++i) frame.along[i] = straight[i] / cosine;
  return frame;
}

std::vector<Deposit> place_shower(const std::vector<float>& cells_gev, const std::array<std::size_t, 3>& cells,
                                  const CellPlacement& placement, const Vector& entry, const Vector& direction) {
  if (cells_gev.size() != cells[0] * cells[1] * cells[2])
    throw bad_input(fmt::format("shower: {} cells, expected {} x {} x {}; give one shower in C order", cells_gev.size(),
                                cells[0], cells[1], cells[2]));
  const auto [across_x, across_y, along] = shower_frame(direction, placement.layer_normal);

  std::vector<Deposit> deposits;
  std::size_t index = 0;
  for (std::size_t x = 0; x < cells[0]; ++x)
    for (std::size_t y = 0; y < cells[1]; ++y)
      for (std::size_t z = 0; z < cells[2]; ++z) {
        const float energy_gev = cells_gev[index++];
        if (energy_gev <= 0) continue;
        const double dx = (static_cast<double>(x) - middle(cells[0])) * placement.pitch_x_mm;
        const double dy = (static_cast<double>(y) - middle(cells[1])) * placement.pitch_y_mm;
        const double dz = static_cast<double>(z) * placement.layer_pitch_mm + placement.first_layer_mm;
        Deposit deposit{entry, static_cast<double>(energy_gev) * 1000};
        for (std::size_t i = 0; i < 3; ++i)
          deposit.position_mm[i] += dx * across_x[i] + dy * across_y[i] + dz * along[i];
        deposits.push_back(deposit);
      }
  return deposits;
}

ShowerNumber shower_number(const ShowerId& id) {
  const auto event = checked("event", id.event, 32);
  const auto track = checked("track", id.track, kTrackBits);
  const auto run = checked("run", id.run, 31);
  const auto detector = checked("detector", id.detector, kDetectorBits);
  return {event << kTrackBits | track, run << kDetectorBits | detector};
}

struct ShowerSource::Impl {
  Impl(const model::Graph& graph, const std::string& file, std::uint64_t seed, const CellPlacement& where)
      : generator(graph, model::read_generator_info(graph, file), {1, 1, seed, file}),
        placement(where),
        sizes{generator.info().nx, generator.info().ny, generator.info().nz},
        cells_gev(sizes[0] * sizes[1] * sizes[2]) {
    model::warn_of_assumptions(generator.info(), file);
    engine::warn_of_remarks(generator.program());
  }

  Impl(const Impl& other, const CellPlacement& where)
      : generator(other.generator.share()), placement(where), sizes(other.sizes), cells_gev(other.cells_gev.size()) {}

  engine::ShowerGenerator generator;
  CellPlacement placement;
  std::array<std::size_t, 3> sizes;
  std::vector<float> cells_gev;
};

ShowerSource::ShowerSource(const std::string& model_file, std::uint64_t seed, const CellPlacement& placement)
    : impl_(std::make_unique<Impl>(model::read_onnx(model_file), model_file, seed, placement)) {}
ShowerSource::~ShowerSource() = default;
ShowerSource::ShowerSource(ShowerSource&&) noexcept = default;
ShowerSource::ShowerSource(const ShowerSource& other) : ShowerSource(other, other.placement()) {}
ShowerSource::ShowerSource(const ShowerSource& other, const CellPlacement& placement)
    : impl_(std::make_unique<Impl>(*other.impl_, placement)) {}

const CellPlacement& ShowerSource::placement() const noexcept { return impl_->placement; }
const std::array<std::size_t, 3>& ShowerSource::cells() const noexcept { return impl_->sizes; }
std::array<double, 2> ShowerSource::energy_range_gev() const noexcept {
  return {impl_->generator.info().energy_min_gev, impl_->generator.info().energy_max_gev};
}

bool ShowerSource::covers(double energy_gev) const noexcept {
  return energy_gev >= impl_->generator.info().energy_min_gev && energy_gev <= impl_->generator.info().energy_max_gev;
}

std::vector<Deposit> ShowerSource::shower(const ShowerId& id, double energy_gev, const Vector& entry,
                                          const Vector& direction) {
  if (!covers(energy_gev))
    throw bad_input(fmt::format("primary of {} GeV: outside the model's range ({} to {} GeV); simulate it in full",
                                energy_gev, impl_->generator.info().energy_min_gev,
                                impl_->generator.info().energy_max_gev));
  const float energy = static_cast<float>(energy_gev);
  impl_->generator.generate(shower_number(id), std::span(&energy, 1), impl_->cells_gev);
  return place_shower(impl_->cells_gev, impl_->sizes, impl_->placement, entry, direction);
}

}  // namespace octocal::geant4
