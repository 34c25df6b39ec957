// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/internal/hdf5_dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "octocal/base/checked_size.hpp"
#include "octocal/base/error.hpp"
#include "octocal/data/internal/hdf5_filters.hpp"
#include "octocal/data/internal/hdf5_probe.hpp"
#include "octocal/data/internal/hdf5_problem.hpp"
#include "octocal/data/internal/hdf5_sources.hpp"

namespace octocal::data::hdf5 {
namespace {

constexpr std::uint64_t kMuch = std::numeric_limits<std::uint64_t>::max();
/// Numbers that are read at once where all of a dataset is looked at.
constexpr std::uint64_t kNumbersAtOnce = std::uint64_t{1} << 22U;
constexpr std::uint64_t kMostNumbersInRow = std::uint64_t{1} << 24U;

/// a / b, rounded up.
std::uint64_t quotient(std::uint64_t a, std::uint64_t b) noexcept { return a / b + (a % b != 0 ? 1 : 0); }

/// Access to a dataset whose chunks are larger than the default cache of 1 MiB, in which every read would unpack the
/// same chunk again; "default" where they are not, or too large to be held.
Handle roomy_access(std::uint64_t chunk_bytes) {
  constexpr std::uint64_t kLeast = 1U << 20U;
  constexpr std::uint64_t kMost = 256U << 20U;
  if (chunk_bytes <= kLeast || chunk_bytes > kMost) return {};
  Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
  if (H5Pset_chunk_cache(access.get(), 101, chunk_bytes, 1.0) < 0) return {};
  return access;
}

}  // namespace

Dataset::Dataset(hid_t file, const std::string& file_name, const std::string& name, const std::string& remedy)
    : file_name_(file_name), name_(name) {
  const auto exists = H5Lexists(file, name.c_str(), H5P_DEFAULT);
  check(exists, file_name, fmt::format("its datasets cannot be listed to find `{}`", name));
  if (exists == 0) throw bad_input(fmt::format("{}: has no dataset `{}`; {}", file_name, name, remedy));
  open(file, H5P_DEFAULT);
  const auto what = fmt::format("the form of `{}` cannot be read", name);
  const auto type = checked(H5Dget_type(dataset_.get()), H5Tclose, file_name, what);
  const auto kind = H5Tget_class(type.get());
  if (kind != H5T_FLOAT && kind != H5T_INTEGER)
    throw bad_input(fmt::format("{}: dataset `{}` does not hold numbers; {}", file_name, name, remedy));
  require_filters(dataset_.get(), file_name, name);
  require_sources(dataset_.get(), file_name, name);

  const auto space = checked(H5Dget_space(dataset_.get()), H5Sclose, file_name, what);
  shape_.resize(H5S_MAX_RANK);
  const int rank = H5Sget_simple_extent_dims(space.get(), shape_.data(), nullptr);
  check(rank, file_name, what);
  shape_.resize(static_cast<std::size_t>(rank));
  const auto layout = checked(H5Dget_create_plist(dataset_.get()), H5Pclose, file_name, what);
  is_virtual_ = H5Pget_layout(layout.get()) == H5D_VIRTUAL;
  if (H5Pget_layout(layout.get()) != H5D_CHUNKED) {
    require_storage(layout.get());
    return;
  }
  chunk_.resize(shape_.size());
  check(H5Pget_chunk(layout.get(), rank, chunk_.data()), file_name, what);
  chunks_ = ChunkReader::of(dataset_.get(), file_name, name);
  if (chunks_) return;
  CheckedSize bytes = H5Tget_size(type.get());
  for (const auto extent : chunk_) bytes *= extent;
  if (const Handle access = roomy_access(bytes.value_or(kMuch))) open(file, access.get());
}

void Dataset::open(hid_t file, hid_t access) {
  dataset_.reset();
  dataset_ = checked(H5Dopen2(file, name_.c_str(), access), H5Dclose, file_name_,
                     fmt::format("`{}` cannot be opened as a dataset", name_));
}

void Dataset::require_storage(hid_t layout) const {
  // What is in one piece lies in the file as it is; a size beyond it would be asked for as memory first.
  if (H5Pget_layout(layout) != H5D_CONTIGUOUS || H5Pget_external_count(layout) > 0) return;
  const Handle own_file(H5Iget_file_id(dataset_.get()), H5Fclose);
  hsize_t there = 0;
  check(H5Fget_filesize(own_file.get(), &there), file_name_, fmt::format("the storage of `{}` cannot be read", name_));
  if (const auto wanted = H5Dget_storage_size(dataset_.get()); wanted > there)
    throw bad_input(
        fmt::format("{}: `{}` says that it has {} bytes, the whole file has {} (it is damaged); copy or make "
                    "it again",
                    file_name_, name_, wanted, there));
}

void Dataset::read(const std::vector<hsize_t>& start, const std::vector<hsize_t>& count, float* out) const {
  if (chunks_) return chunks_->read(dataset_.get(), start, count, out);
  const auto what = fmt::format("rows {} to {} of `{}` cannot be read", start[0], start[0] + count[0] - 1, name_);
  const auto space = checked(H5Dget_space(dataset_.get()), H5Sclose, file_name_, what);
  const auto memory =
      checked(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose, file_name_, what);
  check(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr), file_name_,
        what);
  check(H5Dread(dataset_.get(), H5T_NATIVE_FLOAT, memory.get(), space.get(), H5P_DEFAULT, out), file_name_, what);
}

void Dataset::prove() const {
  const auto what = fmt::format("the storage of `{}` cannot be read", name_);
  const auto layout = checked(H5Dget_create_plist(dataset_.get()), H5Pclose, file_name_, what);
  if (H5Pget_layout(layout.get()) == H5D_CONTIGUOUS || H5Pget_layout(layout.get()) == H5D_COMPACT) return;
  if (!chunk_.empty()) {
    hsize_t stored = 0;
    const auto space = checked(H5Dget_space(dataset_.get()), H5Sclose, file_name_, what);
    check(H5Dget_num_chunks(dataset_.get(), space.get(), &stored), file_name_, what);
  }
  if (chunks_) return;
  auto count = shape_;
  for (std::size_t axis = 1; axis < count.size(); ++axis) count[axis] = std::min<hsize_t>(count[axis], kNumbersAtOnce);
  CheckedSize in_row = 1;
  for (std::size_t axis = 1; axis < count.size(); ++axis) in_row *= count[axis];
  if (count.empty() || !in_row.fits(kMostNumbersInRow) || in_row.value() == 0) return;
  count[0] = std::max<hsize_t>(1, kNumbersAtOnce / in_row.value());
  std::vector<float> numbers(count[0] * in_row.value());
  std::vector<hsize_t> start(count.size(), 0);
  for (; start[0] < shape_[0]; start[0] += count[0]) {
    count[0] = std::min(count[0], shape_[0] - start[0]);
    read(start, count, numbers.data());
    probe_goes_on();
  }
}

std::optional<Unwritten> Dataset::unmapped() const {
  const auto what = fmt::format("the sources of the virtual dataset `{}` cannot be read", name_);
  const auto layout = checked(H5Dget_create_plist(dataset_.get()), H5Pclose, file_name_, what);
  CheckedSize wanted = 1, mapped = 0;
  for (const auto extent : shape_) wanted *= extent;
  std::size_t sources = 0;
  check(H5Pget_virtual_count(layout.get(), &sources), file_name_, what);
  for (std::size_t i = 0; i < sources; ++i) {
    const auto to = checked(H5Pget_virtual_vspace(layout.get(), i), H5Sclose, file_name_, what);
    const auto points = H5Sget_select_npoints(to.get());
    if (points < 0 || points == static_cast<hssize_t>(H5S_UNLIMITED)) return std::nullopt;  // without end
    mapped += static_cast<std::uint64_t>(points);
  }
  const auto of = wanted.value_or(kMuch);
  if (!mapped.fits(of - 1)) return std::nullopt;
  return Unwritten{of - mapped.value(), of, "numbers", std::nullopt};
}

std::optional<Unwritten> Dataset::unwritten() const {
  const auto what = fmt::format("the storage of `{}` cannot be read", name_);
  if (is_virtual_) return unmapped();
  H5D_space_status_t status{};
  check(H5Dget_space_status(dataset_.get(), &status), file_name_, what);
  if (status == H5D_SPACE_STATUS_NOT_ALLOCATED) {
    // One of external raw data may say that it has none.
    const auto layout = checked(H5Dget_create_plist(dataset_.get()), H5Pclose, file_name_, what);
    if (H5Pget_external_count(layout.get()) > 0) return std::nullopt;
    return Unwritten{1, 1, "chunks", std::uint64_t{0}};
  }
  if (chunk_.empty()) return std::nullopt;
  CheckedSize chunks = 1;
  for (std::size_t axis = 0; axis < chunk_.size(); ++axis) chunks *= quotient(shape_[axis], chunk_[axis]);
  const auto expected = chunks.value_or(kMuch);
  hsize_t stored = 0;
  const auto space = checked(H5Dget_space(dataset_.get()), H5Sclose, file_name_, what);
  check(H5Dget_num_chunks(dataset_.get(), space.get(), &stored), file_name_, what);
  if (stored >= expected) return std::nullopt;

  // Written from the first row on, as most files are, the first missing chunk of column 0 is found by halving.
  const auto is_there = [&](hsize_t row_of_chunks) {
    std::vector<hsize_t> offset(chunk_.size(), 0);
    offset[0] = row_of_chunks * chunk_[0];
    unsigned mask = 0;
    haddr_t address = HADDR_UNDEF;
    hsize_t size = 0;
    check(H5Dget_chunk_info_by_coord(dataset_.get(), offset.data(), &mask, &address, &size), file_name_, what);
    return address != HADDR_UNDEF;
  };
  const auto rows_of_chunks = quotient(shape_[0], chunk_[0]);
  hsize_t there = 0, missing = rows_of_chunks;  // rows of chunks before `there` are there
  while (there < missing) {
    const auto middle = there + (missing - there) / 2;
    if (is_there(middle))
      there = middle + 1;
    else
      missing = middle;
  }
  Unwritten result{expected - stored, expected, "chunks", std::nullopt};
  if (there < rows_of_chunks) result.row = there * chunk_[0];
  return result;
}

}  // namespace octocal::data::hdf5
