// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/shower_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/data/packed_showers.hpp"
#include "octocal/train/hdf5_source.hpp"

namespace octocal::train {
namespace {

class PackedSource final : public ShowerFiles {
 public:
  explicit PackedSource(const std::vector<std::string>& files) : files_(files) {
    for (const auto& file : files) {
      readers_.emplace_back(file);
      starts_.push_back(size_);
      size_ += readers_.back().size();
      if (readers_.back().geometry() != geometry())
        throw bad_input(
            fmt::format("{}: showers of another shape than those of {}; train on them apart", file, files.front()));
    }
  }

  std::size_t size() const override { return size_; }
  data::Geometry geometry() const override { return readers_.front().geometry(); }
  const std::vector<std::string>& files() const override { return files_; }

  void read(std::size_t first, std::size_t count, data::ShowerBatch& batch) override {
    batch.geometry = geometry();
    batch.resize(count);
    const auto cells = batch.geometry.cells();
    for_each_part(first, count, [&](std::size_t file, std::size_t row, std::size_t rows, std::size_t done) {
      readers_[file].read(row, rows, std::span(batch.cells_gev).subspan(done * cells, rows * cells));
      const auto from = readers_[file].energies().begin() + static_cast<std::ptrdiff_t>(row);
      std::copy_n(from, rows, batch.energy_gev.begin() + static_cast<std::ptrdiff_t>(done));
    });
  }

  std::vector<std::uint32_t> split_keys(std::size_t first, const data::ShowerBatch& batch) const override {
    std::vector<std::uint32_t> keys(batch.size());
    for_each_part(first, batch.size(), [&](std::size_t file, std::size_t row, std::size_t rows, std::size_t done) {
      const auto from = readers_[file].split_keys().begin() + static_cast<std::ptrdiff_t>(row);
      std::copy_n(from, rows, keys.begin() + static_cast<std::ptrdiff_t>(done));
    });
    return keys;
  }

  std::string hash() const override {
    std::string hash;
    for (const auto& reader : readers_) hash += (hash.empty() ? "" : "+") + reader.sample_hash();
    return hash;
  }

 private:
  /// Calls visit(file, first row in it, rows, showers before them) for each file that the range touches.
  template <typename Visit>
  void for_each_part(std::size_t first, std::size_t count, Visit visit) const {
    std::size_t done = 0;
    for (std::size_t file = 0; file < readers_.size() && done < count; ++file) {
      const auto end = starts_[file] + readers_[file].size();
      if (first + done >= end) continue;
      const auto rows = std::min(count - done, end - first - done);
      visit(file, first + done - starts_[file], rows, done);
      done += rows;
    }
  }

  std::vector<std::string> files_;
  std::vector<data::PackedReader> readers_;
  std::vector<std::size_t> starts_;
  std::size_t size_ = 0;
};

}  // namespace

std::unique_ptr<ShowerFiles> open_showers(const std::vector<std::string>& files) {
  if (files.empty()) throw bad_input("no file of showers is given; name at least one");
  const auto packed = static_cast<std::size_t>(std::count_if(files.begin(), files.end(), data::is_packed_file));
  if (packed == 0) return open_hdf5_showers(files);
  if (packed < files.size())
    throw bad_input(fmt::format("{}: packed and HDF5 files together; give only one kind", files.front()));
  return std::make_unique<PackedSource>(files);
}

}  // namespace octocal::train
