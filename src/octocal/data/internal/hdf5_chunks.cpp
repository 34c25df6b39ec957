// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/internal/hdf5_chunks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>

#include "octocal/base/checked_size.hpp"
#include "octocal/data/internal/hdf5_problem.hpp"
#include "octocal/data/internal/hdf5_unpack.hpp"

namespace octocal::data::hdf5 {
namespace {

/// Unpacked chunks that are kept beyond the read that needed them.
constexpr std::size_t kMostKept = std::size_t{256} << 20U;

/// The type of HDF5's own that is equal to the one in the file; -1 if none is.
hid_t known_type(hid_t type) {
  const std::array<hid_t, 20> known = {H5T_IEEE_F32LE, H5T_IEEE_F32BE, H5T_IEEE_F64LE, H5T_IEEE_F64BE, H5T_STD_I8LE,
                                       H5T_STD_I8BE,   H5T_STD_I16LE,  H5T_STD_I16BE,  H5T_STD_I32LE,  H5T_STD_I32BE,
                                       H5T_STD_I64LE,  H5T_STD_I64BE,  H5T_STD_U8LE,   H5T_STD_U8BE,   H5T_STD_U16LE,
                                       H5T_STD_U16BE,  H5T_STD_U32LE,  H5T_STD_U32BE,  H5T_STD_U64LE,  H5T_STD_U64BE};
  const auto same = std::find_if(known.begin(), known.end(), [&](hid_t one) { return H5Tequal(type, one) > 0; });
  return same == known.end() ? -1 : *same;
}

}  // namespace

std::optional<ChunkReader> ChunkReader::of(hid_t dataset, const std::string& file, const std::string& name) {
  const auto what = fmt::format("the storage of `{}` cannot be read", name);
  const auto layout = checked(H5Dget_create_plist(dataset), H5Pclose, file, what);
  if (H5Pget_layout(layout.get()) != H5D_CHUNKED) return std::nullopt;
  unsigned options = 0;
  if (H5Pget_chunk_opts(layout.get(), &options) < 0 || options != 0) return std::nullopt;
  const auto type = checked(H5Dget_type(dataset), H5Tclose, file, what);
  ChunkReader reader;
  reader.file_ = file;
  reader.name_ = name;
  reader.stored_type_ = known_type(type.get());
  if (reader.stored_type_ < 0) return std::nullopt;
  reader.number_bytes_ = H5Tget_size(type.get());

  const int filters = H5Pget_nfilters(layout.get());
  check(filters, file, what);
  for (int i = 0; i < filters; ++i) {
    unsigned flags = 0, can = 0;
    std::array<unsigned, 1> value{};
    std::size_t values = value.size();
    const auto id =
        H5Pget_filter2(layout.get(), static_cast<unsigned>(i), &flags, &values, value.data(), 0, nullptr, &can);
    check(id, file, what);
    const bool whole = id == H5Z_FILTER_SHUFFLE && values == 1 && value[0] == reader.number_bytes_;
    if (!whole && id != H5Z_FILTER_DEFLATE && id != H5Z_FILTER_FLETCHER32) return std::nullopt;
    reader.filters_.push_back(id);
  }

  const auto space = checked(H5Dget_space(dataset), H5Sclose, file, what);
  reader.chunk_.resize(static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space.get()))));
  check(H5Pget_chunk(layout.get(), static_cast<int>(reader.chunk_.size()), reader.chunk_.data()), file, what);
  CheckedSize numbers = 1;
  for (const auto extent : reader.chunk_) numbers *= extent;
  if (!(numbers * reader.number_bytes_).fits(std::numeric_limits<std::uint32_t>::max())) return std::nullopt;
  reader.numbers_ = numbers.value();
  const Handle own_file(H5Iget_file_id(dataset), H5Fclose);
  hsize_t there = 0;
  check(H5Fget_filesize(own_file.get(), &there), file, what);
  reader.file_bytes_ = there;
  H5D_fill_value_t defined{};
  if (H5Pfill_value_defined(layout.get(), &defined) >= 0 && defined == H5D_FILL_VALUE_USER_DEFINED)
    check(H5Pget_fill_value(layout.get(), H5T_NATIVE_FLOAT, &reader.fill_), file, what);
  return reader;
}

Error ChunkReader::damaged(const Place& place, const std::string& why) const {
  return bad_input(fmt::format("{}: the chunk of `{}` at ({}) {} (it is damaged); copy or make it again", file_, name_,
                               fmt::join(place, ", "), why));
}

std::vector<float> ChunkReader::load(hid_t dataset, const Place& place) const {
  const auto what = fmt::format("the chunk of `{}` at ({}) cannot be read", name_, fmt::join(place, ", "));
  unsigned skipped = 0;
  haddr_t address = HADDR_UNDEF;
  hsize_t size = 0;
  check(H5Dget_chunk_info_by_coord(dataset, place.data(), &skipped, &address, &size), file_, what);
  if (address == HADDR_UNDEF) return std::vector<float>(numbers_, fill_);
  if (size > file_bytes_) throw damaged(place, fmt::format("has {} bytes, the whole file {}", size, file_bytes_));
  const auto bytes = numbers_ * number_bytes_;
  const ChunkForm form{filters_, skipped, number_bytes_, bytes};
  if (const auto most = most_unpacked(form, size); bytes > most)
    throw damaged(place, fmt::format("has {} bytes, which cannot unpack to {}", size, bytes));
  std::vector<unsigned char> packed(size);
  std::uint32_t mask = 0;
  check(H5Dread_chunk(dataset, H5P_DEFAULT, place.data(), &mask, packed.data()), file_, what);
  if (const auto defect = unpack_chunk(form, packed); !defect.empty()) throw damaged(place, defect);
  std::vector<float> numbers(numbers_);
  if (number_bytes_ <= sizeof(float)) {
    // H5Tconvert works in place, so there must be room for the larger of both.
    auto* const raw = reinterpret_cast<unsigned char*>(numbers.data());
    std::copy(packed.begin(), packed.end(), raw);
    check(H5Tconvert(stored_type_, H5T_NATIVE_FLOAT, numbers_, raw, nullptr, H5P_DEFAULT), file_, what);
  } else {
    check(H5Tconvert(stored_type_, H5T_NATIVE_FLOAT, numbers_, packed.data(), nullptr, H5P_DEFAULT), file_, what);
    std::copy_n(packed.begin(), numbers_ * sizeof(float), reinterpret_cast<unsigned char*>(numbers.data()));
  }
  return numbers;
}

const std::vector<float>& ChunkReader::chunk_at(hid_t dataset, const Place& place) {
  if (const auto found = unpacked_.find(place); found != unpacked_.end()) return found->second;
  std::erase_if(unpacked_, [&](const auto& one) { return one.first[0] != place[0]; });
  if ((unpacked_.size() + 1) * numbers_ > kMostKept / sizeof(float)) unpacked_.clear();
  return unpacked_.emplace(place, load(dataset, place)).first->second;
}

void ChunkReader::read(hid_t dataset, const std::vector<hsize_t>& start, const std::vector<hsize_t>& count,
                       float* out) {
  const auto rank = chunk_.size();
  Place place(rank);
  for (std::size_t axis = 0; axis < rank; ++axis) place[axis] = start[axis] / chunk_[axis] * chunk_[axis];
  const auto advance = [](Place& at, const Place& first, const Place& last, const Place& step) {
    for (std::size_t axis = at.size(); axis-- > 0;) {
      at[axis] += step[axis];
      if (at[axis] < last[axis]) return true;
      at[axis] = first[axis];
    }
    return false;
  };
  const Place first_place = place;
  Place end(rank), one(rank, 1);
  for (std::size_t axis = 0; axis < rank; ++axis) end[axis] = start[axis] + count[axis];
  do {
    const auto& numbers = chunk_at(dataset, place);
    Place from(rank), to(rank);  // what this chunk and the block have in common
    for (std::size_t axis = 0; axis < rank; ++axis) {
      from[axis] = std::max(start[axis], place[axis]);
      to[axis] = std::min(end[axis], place[axis] + chunk_[axis]);
    }
    const auto row = to.back() - from.back();
    auto lines = to;
    lines.back() = from.back() + 1;  // along the last axis numbers are copied together
    Place at = from;
    do {
      std::size_t source = 0, target = 0;
      for (std::size_t axis = 0; axis < rank; ++axis) {
        source = source * chunk_[axis] + (at[axis] - place[axis]);
        target = target * count[axis] + (at[axis] - start[axis]);
      }
      std::copy_n(numbers.data() + source, row, out + target);
    } while (advance(at, from, lines, one));
  } while (advance(place, first_place, end, chunk_));
}

}  // namespace octocal::data::hdf5
