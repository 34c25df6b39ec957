// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/shower_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <system_error>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/data/internal/hdf5_attribute.hpp"
#include "octocal/data/internal/hdf5_problem.hpp"

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

  PendingFile pending;
  WriterOptions options;
  std::size_t at_once;  ///< showers in a chunk of ECAL
  CellPacker packer;
  std::map<std::string, std::string> attributes;
  hdf5::Handle file;
  GrowingDataset ecal, target, latent;
  std::vector<float> energies, cells, latents;  ///< of showers that do not fill a chunk yet
  PackedCells packed;
  std::size_t written = 0;
  bool finished = false;

  Impl(const std::string& name, const WriterOptions& wanted)
      : pending(name),
        options(wanted),
        at_once(showers_in_chunk(wanted.geometry)),
        packer(wanted.geometry, wanted.compression) {}

  /// A file that is given up frees its place first: HDF5 still writes its own tables when it closes, which must succeed
  /// on a full disk, too, or it would keep the file open to the end of the process.
  ~Impl() {
    std::error_code ignored;
    if (!finished) std::filesystem::resize_file(pending.path(), 0, ignored);
  }

  std::string name() const { return pending.target().string(); }
  /// Of the HDF5 call that failed just now.
  Error failed() const { return hdf5::write_problem(name()); }
  void check(herr_t result) const {
    if (result < 0) throw failed();
  }
  hdf5::Handle checked(hid_t id, hdf5::Handle::Close close) const {
    if (id < 0) throw failed();
    return {id, close};
  }

  GrowingDataset create(const char* name, std::vector<hsize_t> row_shape, std::size_t rows_in_chunk,
                        const Compression& compression) {
    GrowingDataset made;
    made.row_shape = row_shape;
    made.rows_in_chunk = rows_in_chunk;
    std::vector<hsize_t> shape = {0}, most = {H5S_UNLIMITED}, chunk = {rows_in_chunk};
    for (auto* extents : {&shape, &most, &chunk}) extents->insert(extents->end(), row_shape.begin(), row_shape.end());
    const int rank = static_cast<int>(shape.size());
    const auto space = checked(H5Screate_simple(rank, shape.data(), most.data()), H5Sclose);
    const auto settings = checked(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    check(H5Pset_chunk(settings.get(), rank, chunk.data()));
    check(H5Pset_obj_track_times(settings.get(), false));  // time stamps would make every file differ
    if (compression.kind != Compression::Kind::kNone) {
      constexpr int kHighestOfHdf5 = 9;
      check(H5Pset_shuffle(settings.get()));
      check(H5Pset_deflate(settings.get(), static_cast<unsigned>(std::min(compression.level, kHighestOfHdf5))));
    }
    made.dataset = checked(
        H5Dcreate2(file.get(), name, H5T_IEEE_F32LE, space.get(), H5P_DEFAULT, settings.get(), H5P_DEFAULT), H5Dclose);
    return made;
  }

  /// Writes one chunk, which holds `rows` rows.
  void write(GrowingDataset& to, std::size_t rows, const void* bytes, std::size_t size,
             std::uint32_t filters_left_out) {
    std::vector<hsize_t> shape = {to.rows + rows}, offset(1 + to.row_shape.size(), 0);
    shape.insert(shape.end(), to.row_shape.begin(), to.row_shape.end());
    offset[0] = to.rows;
    check(H5Dset_extent(to.dataset.get(), shape.data()));
    check(H5Dwrite_chunk(to.dataset.get(), H5P_DEFAULT, filters_left_out, offset.data(), size, bytes));
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
    written += energy_gev.size();
  }

  void flush() {
    if (energies.empty()) return;
    packer.pack(cells, packed);
    write_chunk(energies, packed, latents);
    energies.clear();
    cells.clear();
    latents.clear();
  }

  void require_latents(std::size_t showers, std::size_t numbers) const {
    if (numbers != showers * options.latent_columns)
      throw run_failed(fmt::format("{}: {} showers with {} latents (expected {} a shower); this is an error in octocal",
                                   name(), showers, numbers, options.latent_columns));
  }
};

ShowerWriter::ShowerWriter(const std::string& file, const WriterOptions& options)
    : impl_(std::make_unique<Impl>(file, options)) {
  const hdf5::Lock lock;
  const hdf5::Handle settings(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  H5Pset_obj_track_times(settings.get(), false);
  impl_->file = hdf5::checked(H5Fcreate(impl_->pending.path().c_str(), H5F_ACC_TRUNC, settings.get(), H5P_DEFAULT),
                              H5Fclose, file, "cannot be created");
  const auto& [nx, ny, nz] = options.geometry;
  constexpr Compression kUnpacked{Compression::Kind::kNone, 1};
  impl_->ecal = impl_->create("ECAL", {nx, ny, nz}, impl_->at_once, options.compression);
  impl_->target = impl_->create("target", {2}, kRowsInChunk, kUnpacked);
  if (options.latent_columns > 0)
    impl_->latent = impl_->create("latent", {options.latent_columns}, impl_->at_once, kUnpacked);
}

ShowerWriter::~ShowerWriter() = default;
ShowerWriter::ShowerWriter(ShowerWriter&&) noexcept = default;
ShowerWriter& ShowerWriter::operator=(ShowerWriter&&) noexcept = default;

void ShowerWriter::append(std::span<const float> energy_gev, std::span<const float> cells_gev,
                          std::span<const float> latents) {
  auto& to = *impl_;
  const std::size_t columns = to.options.latent_columns, in_shower = to.options.geometry.cells();
  const std::size_t showers = energy_gev.size();
  if (cells_gev.size() != showers * in_shower)
    throw run_failed(fmt::format("{}: {} showers with {} cells (expected {} a shower); this is an error in octocal",
                                 to.name(), showers, cells_gev.size(), in_shower));
  to.require_latents(showers, latents.size());
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
    if (to.energies.size() == to.at_once) to.flush();
  }
}

void ShowerWriter::append_packed(std::span<const float> energy_gev, const PackedCells& cells,
                                 std::span<const float> latents) {
  auto& to = *impl_;
  if (written() % to.at_once != 0 || energy_gev.empty() || energy_gev.size() > to.at_once)
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
  for (const auto& [name, value] : to.attributes) hdf5::write_text(to.file.get(), name, value, to.name());
  for (auto* data : {&to.latent, &to.target, &to.ecal})
    if (!data->dataset.reset()) throw to.failed();
  to.check(H5Fflush(to.file.get(), H5F_SCOPE_GLOBAL));
  if (!to.file.reset()) throw to.failed();
  to.pending.commit();
  to.finished = true;
}

std::size_t ShowerWriter::written() const noexcept { return impl_->written + impl_->energies.size(); }

}  // namespace octocal::data
