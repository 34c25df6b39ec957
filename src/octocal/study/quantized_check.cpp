// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/quantized_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/number_text.hpp"
#include "octocal/physics/energy_blocks.hpp"
#include "octocal/physics/pixel_difference.hpp"
#include "octocal/physics/projection_mse.hpp"

namespace octocal::study {
namespace {

// A chunk that keeps every stream busy and lets Ctrl-C through within a second.
constexpr std::size_t kCheckChunk = 64;

}  // namespace

double Int8Difference::shift() const noexcept {
  if (!std::isfinite(ecal_shift) || !std::isfinite(projection_mse)) return std::numeric_limits<double>::quiet_NaN();
  return std::max(std::abs(ecal_shift), std::sqrt(std::max(0.0, projection_mse)));
}

std::string difference_text(const Int8Difference& difference, model::Precision precision) {
  return fmt::format(
      "{} changes ECAL by {}, the mean shower by {:.3g} % and cells by {:.3g} % of ECAL ({})",
      model::name_of(precision),
      number_text(100 * difference.ecal_shift, 100 * difference.ecal_shift_error, {.plus_sign = true, .unit = " %"}),
      100 * std::sqrt(std::max(0.0, difference.projection_mse)), 100 * difference.pixel_difference,
      count_text(difference.showers, "shower"));
}

void judge_shift(const Int8Difference& difference, model::Precision precision, double max_shift,
                 const std::string& model) {
  const auto text = [&] { return difference_text(difference, precision); };
  const char* name = model::name_of(precision);
  if (std::isnan(difference.shift()))
    throw run_failed(
        fmt::format("{}: what {} changes cannot be told (float32's showers hold no energy, or {}'s no numbers); "
                    "nothing was written: look at float32's showers first",
                    model, name, name));
  if (difference.shift() > max_shift)
    throw run_failed(
        fmt::format("{}: {}, more than `max_shift` {:.3g} allows; nothing was written: let tune find the layers that "
                    "must stay in float32, or name them with `keep_float32`",
                    model, text(), max_shift));
  if (difference.shift() > kGoodShift)
    log_warning(fmt::format("{}: {}; tune finds the layers that had better stay in float32", model, text()));
}

Float32Showers::Float32Showers(const OpenModel& source, std::vector<float> energy_gev, const EngineSettings& engine,
                               std::uint64_t seed)
    : source_(source), engine_(engine), seed_(seed) {
  float32_.geometry = {source.info.nx, source.info.ny, source.info.nz};
  float32_.energy_gev = std::move(energy_gev);
  blocks_ = physics::energy_blocks(float32_.energy_gev);
  float32_ = make(source.graph);
  frame_ = physics::Frame::of(float32_.energy_gev, float32_);
}

Float32Showers::~Float32Showers() = default;

data::ShowerBatch Float32Showers::make(const model::Graph& graph) const {
  data::ShowerBatch showers;
  showers.geometry = float32_.geometry;
  showers.resize(float32_.energy_gev.size());
  showers.energy_gev = float32_.energy_gev;
  const auto generator = make_generator({.file = source_.file,
                                         .graph = graph,
                                         .info = source_.info,
                                         .hash = {},
                                         .info_given = false,
                                         .format = {},
                                         .bytes = 0},
                                        engine_, seed_);
  const std::size_t cells = showers.geometry.cells();
  for (std::size_t first = 0; first < showers.size(); first += kCheckChunk) {
    throw_if_interrupted();
    const std::size_t count = std::min(kCheckChunk, showers.size() - first);
    generator->generate(first, std::span(showers.energy_gev).subspan(first, count),
                        std::span(showers.cells_gev).subspan(first * cells, count * cells));
  }
  return showers;
}

physics::SampleSums Float32Showers::sums_of(const data::ShowerBatch& showers) const {
  physics::SampleSums sums(frame_);
  sums.add(showers, blocks_);
  return sums;
}

void Float32Showers::set_reference(const data::ShowerBatch& reference) {
  if (reference.geometry != float32_.geometry)
    throw bad_input(
        fmt::format("{}: showers of {} x {} x {} cells, the reference has {} x {} x {}; give a reference "
                    "of the model's calorimeter",
                    source_.file, float32_.geometry.nx, float32_.geometry.ny, float32_.geometry.nz,
                    reference.geometry.nx, reference.geometry.ny, reference.geometry.nz));
  reference_.emplace(sums_of(reference));
}

Int8Difference Float32Showers::compare(const model::Graph& quantized) const {
  const auto int8 = make(quantized);
  const auto sums = sums_of(int8);
  const auto float32_sums = sums_of(float32_);
  Int8Difference result;
  result.showers = int8.size();

  double ecal_float32 = 0;
  double ecal_int8 = 0;
  for (std::size_t i = 0; i < int8.size(); ++i) {
    ecal_float32 += static_cast<double>(float32_sums.ecal_gev()[i]);
    ecal_int8 += static_cast<double>(sums.ecal_gev()[i]);
  }
  const auto n = static_cast<double>(int8.size());
  const double ratio = ecal_int8 / ecal_float32;
  double residual2 = 0;
  for (std::size_t i = 0; i < int8.size(); ++i) {
    const double residual =
        static_cast<double>(sums.ecal_gev()[i]) - ratio * static_cast<double>(float32_sums.ecal_gev()[i]);
    residual2 += residual * residual;
  }
  result.ecal_shift = ratio - 1;
  result.ecal_shift_error = std::sqrt(residual2 / std::max(1.0, n - 1) * n) / ecal_float32;

  physics::PixelDifference difference;
  difference.add(int8, float32_, blocks_);
  result.pixel_difference = difference.table().relative_to_ecal.value;
  result.projection_mse = physics::projection_mse(sums, float32_sums).relative_mse.value;
  if (reference_) {
    result.mse_float32_to_reference = physics::projection_mse(float32_sums, *reference_).relative_mse.value;
    result.mse_int8_to_reference = physics::projection_mse(sums, *reference_).relative_mse.value;
  }
  return result;
}

}  // namespace octocal::study
