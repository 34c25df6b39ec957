// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/training_data.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <span>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/log.hpp"

namespace octocal::train {
namespace {

constexpr std::size_t kReadChunk = 250;
constexpr double kMostOfMachine = 0.8;  // of its memory, for cells alone

double machine_memory_bytes() {
  return static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGE_SIZE));
}

/// One side of the split, chunk by chunk.
class SampleBuilder {
 public:
  /// keep_cells: room for all of the source's showers; pages that are not written take no memory.
  SampleBuilder(const SharedSource& source, bool keep_cells) : type_(source.type) {
    const auto geometry = source.source->geometry();
    if (keep_cells)
      cells_ = at::empty({static_cast<std::int64_t>(source.source->size()), static_cast<std::int64_t>(geometry.nx),
                          static_cast<std::int64_t>(geometry.ny), static_cast<std::int64_t>(geometry.nz)},
                         type_);
  }

  void add(const data::ShowerBatch& batch, const std::vector<std::size_t>& chosen, std::size_t first) {
    if (chosen.empty()) return;
    const auto stored = to_stored(batch, chosen, type_);
    const auto ecal = (stored.to(at::kDouble).sum({1, 2, 3}) * kStoredUnitGev).contiguous();
    ecal_.insert(ecal_.end(), ecal.data_ptr<double>(), ecal.data_ptr<double>() + ecal.numel());
    if (cells_.defined()) cells_.narrow(0, static_cast<std::int64_t>(energy_.size()), stored.size(0)).copy_(stored);
    for (const auto i : chosen) {
      energy_.push_back(batch.energy_gev[i]);
      places_.push_back(first + i);
    }
  }

  std::size_t size() const { return energy_.size(); }
  data::EnergyResponse response() const { return data::fit_energy_response(energy_, ecal_); }
  const std::vector<std::uint64_t>& places() const { return places_; }

  ShowerSample finish() const {
    ShowerSample sample;
    sample.energy = at::tensor(energy_, at::kFloat);
    if (cells_.defined()) sample.cells = cells_.narrow(0, 0, sample.energy.size(0));
    return sample;
  }

 private:
  at::ScalarType type_;
  at::Tensor cells_;
  std::vector<float> energy_;
  std::vector<double> ecal_;
  std::vector<std::uint64_t> places_;
};

/// Whether all cells stay in memory. Errors: bad_input if they must and cannot.
bool stays_in_memory(const SharedSource& shared, const StreamSettings& stream) {
  const auto& source = *shared.source;
  const auto bytes = source.size() * source.geometry().cells() * c10::elementSize(shared.type);
  if (stream.memory_bytes > 0) return bytes <= stream.memory_bytes;
  if (static_cast<double>(bytes) > kMostOfMachine * machine_memory_bytes())
    throw bad_input(
        fmt::format("{}: {} showers take {:.1f} GB of memory (this machine has {:.1f} GB); give --memory, for example "
                    "--memory {}G, to stream them",
                    source.files().front(), source.size(), static_cast<double>(bytes) / 1e9,
                    machine_memory_bytes() / 1e9, std::max(1, static_cast<int>(machine_memory_bytes() / 2e9))));
  return true;
}

/// Reads all showers and deals them out to the two sides of the split. Stops, and says false, at a cell that is larger
/// than what the source's cells are kept in holds.
bool split(SharedSource& shared, double validation_share, SampleBuilder& training, SampleBuilder& validation) {
  auto& source = *shared.source;
  data::ShowerBatch batch;
  for (std::size_t first = 0; first < source.size(); first += kReadChunk) {
    throw_if_interrupted();
    source.read(first, std::min(kReadChunk, source.size() - first), batch);
    const auto largest = std::max_element(batch.cells_gev.begin(), batch.cells_gev.end());
    if (shared.type == at::kHalf && *largest > kMostHalfGev) {
      const auto cell = static_cast<std::size_t>(largest - batch.cells_gev.begin());
      log_info(
          fmt::format("cells are kept as float32, in twice the memory: one of shower {} has {:.4g} GeV, more than "
                      "float16 holds",
                      first + cell / batch.geometry.cells() + 1, *largest));
      return false;
    }
    const auto keys = source.split_keys(first, batch);
    std::vector<std::size_t> train, held_out;
    for (std::size_t i = 0; i < batch.size(); ++i)
      (static_cast<double>(keys[i]) / 4294967296.0 < validation_share ? held_out : train).push_back(i);
    training.add(batch, train, first);
    validation.add(batch, held_out, first);
  }
  return true;
}

}  // namespace

at::Tensor ShowerSample::rows(const BatchDraw& draw, std::int64_t count, Purpose purpose) const {
  return window ? window->rows(draw.step(), draw.uniforms(count, purpose)) : draw.indices(count, size(), purpose);
}

at::Tensor ShowerSample::cells_gev(const at::Tensor& rows) const {
  if (cells.defined()) return cells.index_select(0, rows).to(at::kFloat) * kStoredUnitGev;
  if (window) return window->cells(rows).to(at::kFloat) * kStoredUnitGev;
  std::vector<std::uint64_t> wanted;
  const auto numbers = rows.contiguous();
  for (std::int64_t i = 0; i < numbers.numel(); ++i)
    wanted.push_back(places[static_cast<std::size_t>(numbers.data_ptr<std::int64_t>()[i])]);
  return read_stored(*source, wanted).to(at::kFloat) * kStoredUnitGev;
}

TrainingData load_training_data(const std::vector<std::string>& files, double validation_share,
                                const StreamSettings& stream) {
  auto shared = std::make_shared<SharedSource>();
  shared->source = open_showers(files);
  const auto& source = *shared->source;
  bool keep = stays_in_memory(*shared, stream);
  SampleBuilder training(*shared, keep), validation(*shared, keep);
  if (!split(*shared, validation_share, training, validation)) {
    shared->type = at::kFloat;
    keep = stays_in_memory(*shared, stream);
    training = SampleBuilder(*shared, keep);
    validation = SampleBuilder(*shared, keep);
    split(*shared, validation_share, training, validation);
  }
  TrainingData data;
  data.files = source.files();
  data.geometry = source.geometry();
  if (training.size() < 2 || validation.size() < 2)
    throw bad_input(
        fmt::format("{}: {} training and {} validation showers (at least 2 of each are needed); give more files",
                    files.front(), training.size(), validation.size()));
  data.training = training.finish();
  data.validation = validation.finish();
  data.hash = source.hash();
  data.response = training.response();
  const auto all = at::cat({data.training.energy, data.validation.energy});
  data.energy_min_gev = all.min().item<double>();
  data.energy_max_gev = all.max().item<double>();
  if (!keep) {
    data.training.window = std::make_shared<ShowerWindow>(shared, training.places(), stream);
    data.validation.source = shared;
    data.validation.places = validation.places();
    log_info(fmt::format(
        "streaming: {} of {} blocks of {} showers in memory at a time", data.training.window->window_blocks(),
        (data.training.size() + stream.block_showers - 1) / stream.block_showers, stream.block_showers));
  }
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
