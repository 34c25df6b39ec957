// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/shower_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/data/internal/hdf5_attribute.hpp"
#include "octocal/data/internal/hdf5_problem.hpp"

namespace octocal::data {
namespace {

/// Showers in one HDF5 chunk of ECAL (1 MB for the CLIC window: the library's chunk cache holds one), and in what is
/// written at once: then the file's bytes do not depend on the sizes of the batches that came in.
constexpr std::size_t kShowersAtOnce = 16;
/// Rows of the small datasets in one chunk; a multiple of kShowersAtOnce.
constexpr std::size_t kRowsInChunk = 1024;

}  // namespace

struct ShowerWriter::Impl {
  PendingFile pending;
  WriterOptions options;
  std::map<std::string, std::string> attributes;
  hdf5::Handle file, ecal, target, latent;
  std::vector<float> cells, targets, latents;  // not yet written, fewer than kShowersAtOnce showers
  std::size_t buffered = 0;
  std::size_t written = 0;

  Impl(const std::string& name, const WriterOptions& wanted) : pending(name), options(wanted) {}

  /// Of the HDF5 call that failed just now.
  Error failed() const { return hdf5::write_problem(pending.target().string()); }
  void check(herr_t result) const {
    if (result < 0) throw failed();
  }
  hdf5::Handle checked(hid_t id, hdf5::Handle::Close close) const {
    if (id < 0) throw failed();
    return {id, close};
  }

  hdf5::Handle create(const char* name, std::vector<hsize_t> shape, std::size_t rows_in_chunk, int compression) {
    auto most = shape;
    auto chunk = shape;
    shape[0] = 0;
    most[0] = H5S_UNLIMITED;
    chunk[0] = rows_in_chunk;
    const int rank = static_cast<int>(shape.size());
    const auto space = checked(H5Screate_simple(rank, shape.data(), most.data()), H5Sclose);
    const auto settings = checked(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    check(H5Pset_chunk(settings.get(), rank, chunk.data()));
    check(H5Pset_obj_track_times(settings.get(), false));  // time stamps would make every file differ
    if (compression > 0) {
      check(H5Pset_shuffle(settings.get()));
      check(H5Pset_deflate(settings.get(), static_cast<unsigned>(compression)));
    }
    return checked(H5Dcreate2(file.get(), name, H5T_IEEE_F32LE, space.get(), H5P_DEFAULT, settings.get(), H5P_DEFAULT),
                   H5Dclose);
  }

  void extend(const hdf5::Handle& dataset, std::vector<hsize_t> count, const std::vector<float>& values) {
    std::vector<hsize_t> start(count.size(), 0);
    start[0] = written;
    auto shape = count;
    shape[0] += written;
    check(H5Dset_extent(dataset.get(), shape.data()));
    const auto space = checked(H5Dget_space(dataset.get()), H5Sclose);
    const auto memory = checked(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose);
    check(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr));
    check(H5Dwrite(dataset.get(), H5T_NATIVE_FLOAT, memory.get(), space.get(), H5P_DEFAULT, values.data()));
  }

  void flush() {
    if (buffered == 0) return;
    const hdf5::Lock lock;
    const auto& [nx, ny, nz] = options.geometry;
    extend(ecal, {buffered, nx, ny, nz}, cells);
    extend(target, {buffered, 2}, targets);
    if (options.latent_columns > 0) extend(latent, {buffered, options.latent_columns}, latents);
    written += buffered;
    buffered = 0;
    cells.clear();
    targets.clear();
    latents.clear();
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
  impl_->ecal = impl_->create("ECAL", {1, nx, ny, nz}, kShowersAtOnce, options.compression);
  impl_->target = impl_->create("target", {1, 2}, kRowsInChunk, 0);
  if (options.latent_columns > 0)
    impl_->latent = impl_->create("latent", {1, options.latent_columns}, kShowersAtOnce, 0);
}

ShowerWriter::~ShowerWriter() = default;
ShowerWriter::ShowerWriter(ShowerWriter&&) noexcept = default;
ShowerWriter& ShowerWriter::operator=(ShowerWriter&&) noexcept = default;

void ShowerWriter::append(std::span<const float> energy_gev, std::span<const float> cells_gev,
                          std::span<const float> latents) {
  auto& to = *impl_;
  const std::size_t columns = to.options.latent_columns, in_shower = to.options.geometry.cells();
  const std::size_t showers = energy_gev.size();
  if (cells_gev.size() != showers * in_shower || latents.size() != showers * columns)
    throw run_failed(fmt::format("{}: showers or latents of another shape than the file's; this is an error in octocal",
                                 to.pending.target().string()));
  for (std::size_t i = 0; i < showers; ++i) {
    const auto cells = cells_gev.subspan(i * in_shower, in_shower);
    const auto bad = std::find_if(cells.begin(), cells.end(), [](float cell) { return !std::isfinite(cell); });
    if (bad != cells.end() || !std::isfinite(energy_gev[i]))
      throw bad_input(fmt::format("{}: shower {} holds {} (nobody could read it); write finite numbers only",
                                  to.pending.target().string(), to.written + to.buffered,
                                  bad != cells.end() ? *bad : energy_gev[i]));
    for (const float cell : cells) to.cells.push_back(cell < kCellThresholdGev ? 0.0F : cell);
    to.targets.push_back(static_cast<float>(to.options.pdg_code));
    to.targets.push_back(energy_gev[i]);
    const auto row = latents.subspan(i * columns, columns);
    to.latents.insert(to.latents.end(), row.begin(), row.end());
    if (++to.buffered == kShowersAtOnce) to.flush();
  }
}

void ShowerWriter::set_attribute(const std::string& name, const std::string& value) { impl_->attributes[name] = value; }

void ShowerWriter::finish() {
  auto& to = *impl_;
  to.flush();
  const hdf5::Lock lock;
  for (const auto& [name, value] : to.attributes)
    hdf5::write_text(to.file.get(), name, value, to.pending.target().string());
  for (auto* dataset : {&to.latent, &to.target, &to.ecal})
    if (!dataset->reset()) throw to.failed();
  to.check(H5Fflush(to.file.get(), H5F_SCOPE_GLOBAL));
  if (!to.file.reset()) throw to.failed();
  to.pending.commit();
}

std::size_t ShowerWriter::written() const noexcept { return impl_->written + impl_->buffered; }

}  // namespace octocal::data
