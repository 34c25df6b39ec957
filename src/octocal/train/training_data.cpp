#include "octocal/train/training_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "octocal/base/error.hpp"
#include "octocal/base/hash.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/data/shower_reader.hpp"

namespace octocal::train {
namespace {

constexpr std::size_t kChunk = 250;

/// A number in [0, 1) that depends on the shower alone.
double share_of(std::span<const float> cells, float energy) {
  Hasher hasher;
  hasher.update(cells);
  hasher.update(std::span<const float>(&energy, 1));
  return static_cast<double>(std::stoul(hasher.hex().substr(0, 8), nullptr, 16)) / 4294967296.0;
}

/// Collects showers chunk by chunk.
class SampleBuilder {
 public:
  void add(const data::ShowerBatch& batch, const std::vector<std::size_t>& chosen) {
    if (chosen.empty()) return;
    const auto n = static_cast<std::int64_t>(chosen.size());
    const auto& geometry = batch.geometry;
    auto cells = at::empty({n, static_cast<std::int64_t>(geometry.cells())}, at::kFloat);
    auto energy = at::empty({n}, at::kFloat);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const auto shower = batch.shower(chosen[i]);
      std::copy(shower.begin(), shower.end(), cells.data_ptr<float>() + i * geometry.cells());
      energy.data_ptr<float>()[i] = batch.energy_gev[chosen[i]];
    }
    cells_.push_back((cells / kStoredUnitGev)
                         .to(at::kHalf)
                         .view({n, static_cast<std::int64_t>(geometry.nx), static_cast<std::int64_t>(geometry.ny),
                                static_cast<std::int64_t>(geometry.nz)}));
    energy_.push_back(energy);
  }

  ShowerSample finish() const {
    if (cells_.empty()) return {};
    return {at::cat(energy_), at::cat(cells_)};
  }

 private:
  std::vector<at::Tensor> cells_, energy_;
};

data::EnergyResponse fit_response(const ShowerSample& sample) {
  const auto energy = sample.energy.contiguous();
  const auto ecal = at::cat([&] {
    std::vector<at::Tensor> sums;
    for (const auto& part : sample.cells.split(static_cast<std::int64_t>(kChunk)))
      sums.push_back(part.to(at::kDouble).sum({1, 2, 3}) * kStoredUnitGev);
    return sums;
  }());
  const auto n = static_cast<std::size_t>(energy.numel());
  return data::fit_energy_response({energy.data_ptr<float>(), n}, {ecal.data_ptr<double>(), n});
}

}  // namespace

at::Tensor ShowerSample::cells_gev(const at::Tensor& indices) const {
  return cells.index_select(0, indices).to(at::kFloat) * kStoredUnitGev;
}

TrainingData load_training_data(const std::vector<std::string>& files, double validation_share) {
  data::ShowerReader reader(files);
  if (reader.geometry() != data::Geometry{})
    throw bad_input(fmt::format("{}: showers of {}x{}x{} cells (the network makes 25x25x25); choose other files",
                                files.front(), reader.geometry().nx, reader.geometry().ny, reader.geometry().nz));
  SampleBuilder training, validation;
  data::ShowerBatch batch;
  while (reader.next(batch, kChunk)) {
    throw_if_interrupted();
    std::vector<std::size_t> train, held_out;
    for (std::size_t i = 0; i < batch.size(); ++i)
      (share_of(batch.shower(i), batch.energy_gev[i]) < validation_share ? held_out : train).push_back(i);
    training.add(batch, train);
    validation.add(batch, held_out);
  }
  TrainingData data{training.finish(), validation.finish(), reader.files(), {}, 0, 0, {}};
  if (data.training.size() < 2 || data.validation.size() < 2)
    throw bad_input(
        fmt::format("{}: {} training and {} validation showers (at least 2 of each are needed); give more files",
                    files.front(), data.training.size(), data.validation.size()));
  Hasher hasher;
  for (const auto& file : data.files) {
    const auto hash = hash_file(file);
    hasher.update(std::span<const char>(hash.data(), hash.size()));
  }
  data.hash = hasher.hex();
  const auto all = at::cat({data.training.energy, data.validation.energy});
  data.energy_min_gev = all.min().item<double>();
  data.energy_max_gev = all.max().item<double>();
  data.response = fit_response(data.training);
  return data;
}

at::Tensor transform_transverse(const at::Tensor& images, int symmetry) {
  auto turned = images;
  if (symmetry & 1) turned = turned.flip({1});
  if (symmetry & 2) turned = turned.flip({2});
  if (symmetry & 4) turned = turned.transpose(1, 2);
  return turned;
}

}  // namespace octocal::train
