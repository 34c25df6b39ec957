// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/shower_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/data/internal/hdf5_attribute.hpp"
#include "octocal/data/internal/hdf5_output.hpp"

namespace octocal::data {
namespace {

/// Rows of `target` in one chunk.
constexpr std::size_t kRowsInChunk = 1024;

}  // namespace

struct ShowerWriter::Impl {
  /// A dataset that grows by whole chunks, which are written as they will lie in the file: past HDF5's filters, its cache
  /// and its conversions.
  struct GrowingDataset {
    hdf5::Handle dataset;
    std::vector<hsize_t> row_shape;  ///< without the first axis
    std::size_t rows_in_chunk = 0;
    std::vector<float> buffered;  ///< unpacked numbers of rows that do not fill a chunk yet
    std::size_t rows = 0;         ///< in the file

    std::size_t row_size() const {
      std::size_t size = 1;
      for (const auto extent : row_shape) size *= extent;
      return size;
    }
  };

  hdf5::Output file;
  WriterOptions options;
  std::size_t at_once;  ///< showers in a chunk of ECAL
  CellPacker packer;
  std::map<std::string, std::string> attributes;
  GrowingDataset ecal, target, latent;
  hdf5::Handle rest;                            ///< `mev_rest`
  std::size_t rests_there = 0;                  ///< rows in it
  std::vector<float> energies, cells, latents;  ///< of showers that do not fill a chunk yet
  std::vector<std::int8_t> rests;               ///< the same
  PackedCells packed;
  std::size_t written = 0;

  Impl(const std::string& name, const WriterOptions& wanted)
      : file(name),
        options(wanted),
        at_once(showers_in_chunk(wanted.geometry)),
        packer(wanted.geometry, wanted.compression) {}

  ~Impl() { file.give_up(); }

  std::string name() const { return file.name(); }

  GrowingDataset create(const char* name, std::vector<hsize_t> row_shape, std::size_t rows_in_chunk,
                        const Compression& compression) {
    constexpr int kHighestOfHdf5 = 9;
    std::optional<unsigned> level;
    if (compression.kind != Compression::Kind::kNone)
      level = static_cast<unsigned>(std::min(compression.level, kHighestOfHdf5));
    GrowingDataset made;
    made.row_shape = std::move(row_shape);
    made.rows_in_chunk = rows_in_chunk;
    made.dataset = file.create(name, H5T_IEEE_F32LE, made.row_shape, rows_in_chunk, level);
    return made;
  }

  /// Writes one chunk, which holds `rows` rows.
  void write(GrowingDataset& to, std::size_t rows, const void* bytes, std::size_t size,
             std::uint32_t filters_left_out) {
    std::vector<hsize_t> shape = {to.rows + rows}, offset(1 + to.row_shape.size(), 0);
    shape.insert(shape.end(), to.row_shape.begin(), to.row_shape.end());
    offset[0] = to.rows;
    file.check(H5Dset_extent(to.dataset.get(), shape.data()));
    file.check(H5Dwrite_chunk(to.dataset.get(), H5P_DEFAULT, filters_left_out, offset.data(), size, bytes));
    to.rows += rows;
  }

  /// Writes the buffered rows as a chunk whose rest is zero.
  void write_buffered(GrowingDataset& to) {
    const std::size_t size = to.row_size(), rows = to.buffered.size() / size;
    if (rows == 0) return;
    to.buffered.resize(to.rows_in_chunk * size);
    write(to, rows, to.buffered.data(), to.buffered.size() * sizeof(float), 0);
    to.buffered.clear();
  }

  void append_rows(GrowingDataset& to, std::span<const float> numbers) {
    const std::size_t full = to.rows_in_chunk * to.row_size();
    while (!numbers.empty()) {
      const std::size_t fitting = std::min(numbers.size(), full - to.buffered.size());
      to.buffered.insert(to.buffered.end(), numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(fitting));
      numbers = numbers.subspan(fitting);
      if (to.buffered.size() == full) write_buffered(to);
    }
  }

  void write_chunk(std::span<const float> energy_gev, const PackedCells& chunk, std::span<const float> latent_rows) {
    const hdf5::Lock lock;
    write(ecal, energy_gev.size(), chunk.bytes.data(), chunk.bytes.size(), chunk.filters_left_out);
    for (const float energy : energy_gev) {
      const std::array<float, 2> row = {static_cast<float>(options.pdg_code), energy};
      append_rows(target, row);
    }
    append_rows(latent, latent_rows);
    if (rest) file.append(rest, rests_there, energy_gev.size(), {rest_columns()}, H5T_NATIVE_INT8, rests.data());
    written += energy_gev.size();
  }

  void flush() {
    if (energies.empty()) return;
    packer.pack(cells, packed);
    write_chunk(energies, packed, latents);
    energies.clear();
    cells.clear();
    latents.clear();
    rests.clear();
  }

  std::size_t rest_columns() const { return 1 + options.geometry.cells(); }

  void require_latents(std::size_t showers, std::size_t numbers) const {
    if (numbers != showers * options.latent_columns)
      throw run_failed(fmt::format("{}: {} showers with {} latents (expected {} a shower); this is an error in octocal",
                                   name(), showers, numbers, options.latent_columns));
  }
};

ShowerWriter::ShowerWriter(const std::string& file, const WriterOptions& options) {
  const hdf5::Lock lock;
  impl_ = std::make_unique<Impl>(file, options);
  const auto& [nx, ny, nz] = options.geometry;
  constexpr Compression kUnpacked{Compression::Kind::kNone, 1};
  impl_->ecal = impl_->create("ECAL", {nx, ny, nz}, impl_->at_once, options.compression);
  impl_->target = impl_->create("target", {2}, kRowsInChunk, kUnpacked);
  if (options.latent_columns > 0)
    impl_->latent = impl_->create("latent", {options.latent_columns}, impl_->at_once, kUnpacked);
  if (options.mev_rests)
    impl_->rest = impl_->file.create("mev_rest", H5T_STD_I8LE, {impl_->rest_columns()}, impl_->at_once, 1U);
}

ShowerWriter::~ShowerWriter() = default;
ShowerWriter::ShowerWriter(ShowerWriter&&) noexcept = default;
ShowerWriter& ShowerWriter::operator=(ShowerWriter&&) noexcept = default;

void ShowerWriter::append(std::span<const float> energy_gev, std::span<const float> cells_gev,
                          std::span<const float> latents, std::span<const std::int8_t> mev_rests) {
  auto& to = *impl_;
  const std::size_t columns = to.options.latent_columns, in_shower = to.options.geometry.cells();
  const std::size_t showers = energy_gev.size();
  if (cells_gev.size() != showers * in_shower)
    throw run_failed(fmt::format("{}: {} showers with {} cells (expected {} a shower); this is an error in octocal",
                                 to.name(), showers, cells_gev.size(), in_shower));
  to.require_latents(showers, latents.size());
  const std::size_t rest_columns = to.options.mev_rests ? to.rest_columns() : 0;
  if (mev_rests.size() != showers * rest_columns)
    throw run_failed(fmt::format("{}: {} showers with {} rests (expected {} a shower); this is an error in octocal",
                                 to.name(), showers, mev_rests.size(), rest_columns));
  for (std::size_t i = 0; i < showers; ++i) {
    const auto given = cells_gev.subspan(i * in_shower, in_shower);
    to.cells.insert(to.cells.end(), given.begin(), given.end());
    const bool finite = drop_small_cells(std::span(to.cells).last(in_shower));
    if (!finite || !std::isfinite(energy_gev[i])) {
      const auto bad = std::find_if(given.begin(), given.end(), [](float cell) { return !std::isfinite(cell); });
      to.cells.resize(to.energies.size() * in_shower);
      throw bad_input(fmt::format("{}: shower {} holds {} (nobody could read it); write finite numbers only", to.name(),
                                  written(), bad != given.end() ? *bad : energy_gev[i]));
    }
    to.energies.push_back(energy_gev[i]);
    const auto row = latents.subspan(i * columns, columns);
    to.latents.insert(to.latents.end(), row.begin(), row.end());
    const auto rest_row = mev_rests.subspan(i * rest_columns, rest_columns);
    to.rests.insert(to.rests.end(), rest_row.begin(), rest_row.end());
    if (to.energies.size() == to.at_once) to.flush();
  }
}

void ShowerWriter::append_packed(std::span<const float> energy_gev, const PackedCells& cells,
                                 std::span<const float> latents) {
  auto& to = *impl_;
  if (written() % to.at_once != 0 || energy_gev.empty() || energy_gev.size() > to.at_once || to.options.mev_rests)
    throw run_failed(
        fmt::format("{}: a chunk of {} showers behind {} (expected chunks of {}); this is an error in "
                    "octocal",
                    to.name(), energy_gev.size(), written(), to.at_once));
  to.require_latents(energy_gev.size(), latents.size());
  to.write_chunk(energy_gev, cells, latents);
}

void ShowerWriter::set_attribute(const std::string& name, const std::string& value) { impl_->attributes[name] = value; }

void ShowerWriter::finish() {
  auto& to = *impl_;
  to.flush();
  const hdf5::Lock lock;
  to.write_buffered(to.target);
  if (to.latent.dataset) to.write_buffered(to.latent);
  for (const auto& [name, value] : to.attributes) hdf5::write_text(to.file.root(), name, value, to.name());
  for (auto* data : {&to.rest, &to.latent.dataset, &to.target.dataset, &to.ecal.dataset})
    if (!data->reset()) throw to.file.failed();
  to.file.commit();
}

std::size_t ShowerWriter::written() const noexcept { return impl_->written + impl_->energies.size(); }

}  // namespace octocal::data
