// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/internal/hdf5_sources.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "octocal/base/checked_size.hpp"
#include "octocal/base/error.hpp"
#include "octocal/data/internal/hdf5_filters.hpp"
#include "octocal/data/internal/hdf5_problem.hpp"

namespace octocal::data::hdf5 {
namespace {

namespace fs = std::filesystem;

constexpr int kDeepest = 16;  // virtual datasets of virtual datasets: more is a circle

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored) && !fs::is_directory(path, ignored);
}

fs::path folder_of(const std::string& file) {
  const auto folder = fs::path(file).parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

/// Where HDF5 looks for a source named in a virtual dataset of `file`, in its order.
std::vector<fs::path> places_of(const std::string& source, const std::string& file) {
  std::vector<fs::path> places;
  fs::path name = source;
  if (name.is_absolute()) {
    places.push_back(name);
    name = name.filename();
  }
  if (const char* prefixes = std::getenv("HDF5_VDS_PREFIX")) {
    const std::string list = prefixes;
    for (std::size_t first = 0; first <= list.size();) {
      const auto last = std::min(list.find(':', first), list.size());
      auto prefix = list.substr(first, last - first);
      if (prefix.rfind("${ORIGIN}", 0) == 0) prefix.replace(0, 9, folder_of(file).string());
      if (!prefix.empty()) places.push_back(fs::path(prefix) / name);
      first = last + 1;
    }
  }
  places.push_back(folder_of(file) / name);
  places.push_back(name);
  std::error_code failure;
  if (const auto resolved = fs::canonical(file, failure); !failure) places.push_back(resolved.parent_path() / name);
  return places;
}

template <typename Get>
std::string text_of(Get get, const std::string& file, const std::string& what) {
  const auto length = get(nullptr, 0);
  if (length < 0) throw problem(file, what);
  std::string text(static_cast<std::size_t>(length) + 1, '\0');
  if (get(text.data(), text.size()) < 0) throw problem(file, what);
  text.pop_back();
  return text;
}

void require_at_depth(hid_t dataset, const std::string& file, const std::string& name, int depth);

std::vector<hsize_t> shape_of(hid_t space) {
  std::vector<hsize_t> shape(static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space))));
  H5Sget_simple_extent_dims(space, shape.data(), nullptr);
  return shape;
}

std::vector<hsize_t> shape_of_dataset(hid_t dataset, const std::string& file, const std::string& name) {
  return shape_of(
      checked(H5Dget_space(dataset), H5Sclose, file, fmt::format("the shape of `{}` cannot be read", name)).get());
}

/// Opens one source of a virtual dataset and looks into it in turn; returns its shape.
std::vector<hsize_t> require_source(const std::string& source_file, const std::string& source_name, hid_t dataset,
                                    const std::string& file, const std::string& name, int depth) {
  const std::string taken = fmt::format("`{}` is virtual and takes its numbers from `{}` of", name, source_name);
  if (source_file == ".") {  // this very file
    const Handle root(H5Iget_file_id(dataset), H5Fclose);
    const auto source = checked(H5Dopen2(root.get(), source_name.c_str(), H5P_DEFAULT), H5Dclose, file,
                                fmt::format("{} this file, which cannot be opened", taken));
    require_at_depth(source.get(), file, source_name, depth + 1);
    return shape_of_dataset(source.get(), file, source_name);
  }
  const auto places = places_of(source_file, file);
  const auto there = std::find_if(places.begin(), places.end(), is_file);
  if (there == places.end())
    throw bad_input(
        fmt::format("{}: {} {}, which is not there (looked in {} and where HDF5_VDS_PREFIX says); copy it "
                    "along with {}",
                    file, taken, source_file, folder_of(file).string(), file));
  const auto opened = checked(H5Fopen(there->c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose, file,
                              fmt::format("{} {}, which cannot be opened", taken, there->string()));
  const auto source = checked(H5Dopen2(opened.get(), source_name.c_str(), H5P_DEFAULT), H5Dclose, file,
                              fmt::format("{} {}, which has no such dataset", taken, there->string()));
  require_at_depth(source.get(), there->string(), source_name, depth + 1);
  return shape_of_dataset(source.get(), there->string(), source_name);
}

/// Refuses a mapping that takes more of its source than there is: HDF5 would fail in the middle of a job.
void require_extent(hid_t layout, std::size_t index, const std::vector<hsize_t>& shape, const std::string& source,
                    const std::string& file, const std::string& name) {
  const auto what = fmt::format("the sources of the virtual dataset `{}` cannot be read", name);
  const auto from = checked(H5Pget_virtual_srcspace(layout, index), H5Sclose, file, what);
  const auto to = checked(H5Pget_virtual_vspace(layout, index), H5Sclose, file, what);
  const auto wanted = H5Sget_select_npoints(to.get());
  auto taken = H5Sget_select_npoints(from.get());
  std::vector<hsize_t> first(shape.size(), 0), last(shape.size(), 0);
  if (H5Sget_simple_extent_ndims(from.get()) == 0) {  // all of the source, whatever it has
    CheckedSize all = 1;
    for (const auto extent : shape) all *= extent;
    taken = all.fits(std::numeric_limits<hssize_t>::max()) ? static_cast<hssize_t>(all.value()) : -1;
  } else if (H5Sget_simple_extent_ndims(from.get()) != std::ssize(shape) ||
             H5Sget_select_bounds(from.get(), first.data(), last.data()) < 0) {
    return;  // of another rank, or without end: HDF5 looks after these
  }
  constexpr auto kNoEnd = static_cast<hssize_t>(H5S_UNLIMITED);
  if (taken == kNoEnd || wanted == kNoEnd) return;
  bool fits = taken == wanted;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) fits = fits && last[axis] < std::max<hsize_t>(shape[axis], 1);
  if (!fits)
    throw bad_input(
        fmt::format("{}: `{}` is virtual and takes more from {} than is there (shape ({})); copy that file "
                    "again, or make {} again",
                    file, name, source, fmt::join(shape, ", "), file));
}

/// "run-%b.h5" to "run-0.h5" and "%%" to "%"; whether it is such a series.
bool first_of_series(std::string& text) {
  bool series = false;
  for (std::size_t at = 0; (at = text.find('%', at)) != std::string::npos && at + 1 < text.size(); ++at) {
    series = series || text[at + 1] == 'b';
    text.replace(at, 2, text[at + 1] == 'b' ? "0" : "%");
  }
  return series;
}

void require_virtual(hid_t layout, hid_t dataset, const std::string& file, const std::string& name, int depth) {
  const auto what = fmt::format("the sources of the virtual dataset `{}` cannot be read", name);
  std::size_t count = 0;
  check(H5Pget_virtual_count(layout, &count), file, what);
  std::map<std::pair<std::string, std::string>, std::vector<hsize_t>> shapes;
  for (std::size_t i = 0; i < count; ++i) {
    auto from_file = text_of(
        [&](char* text, std::size_t size) { return H5Pget_virtual_filename(layout, i, text, size); }, file, what);
    auto from_name = text_of(
        [&](char* text, std::size_t size) { return H5Pget_virtual_dsetname(layout, i, text, size); }, file, what);
    const bool files = first_of_series(from_file);
    const bool series = first_of_series(from_name) || files;
    const auto [source, is_new] = shapes.try_emplace({from_file, from_name});
    if (is_new) source->second = require_source(from_file, from_name, dataset, file, name, depth);
    if (!series) require_extent(layout, i, source->second, fmt::format("`{}` of {}", from_name, from_file), file, name);
  }
}

/// Bytes that a dataset's numbers take.
std::uint64_t bytes_of(hid_t dataset, const std::string& file, const std::string& what) {
  const auto space = checked(H5Dget_space(dataset), H5Sclose, file, what);
  const auto type = checked(H5Dget_type(dataset), H5Tclose, file, what);
  const auto points = H5Sget_simple_extent_npoints(space.get());
  if (points < 0) throw problem(file, what);
  const auto bytes = CheckedSize(static_cast<std::uint64_t>(points)) * H5Tget_size(type.get());
  return bytes.value_or(std::numeric_limits<std::uint64_t>::max());
}

/// A file of raw data as HDF5 names it: beside the folder that octocal runs in, unless HDF5_EXTFILE_PREFIX says more.
fs::path raw_path(const std::string& raw, const std::string& file) {
  const char* prefix = std::getenv("HDF5_EXTFILE_PREFIX");
  if (prefix == nullptr || *prefix == '\0' || fs::path(raw).is_absolute()) return raw;
  std::string folder = prefix;
  if (folder.rfind("${ORIGIN}", 0) == 0) folder.replace(0, 9, folder_of(file).string());
  return fs::path(folder) / raw;
}

void require_raw_data(hid_t layout, hid_t dataset, const std::string& file, const std::string& name) {
  const auto what = fmt::format("the raw data files of `{}` cannot be read", name);
  const int count = H5Pget_external_count(layout);
  check(count, file, what);
  auto left = count == 0 ? 0 : bytes_of(dataset, file, what);
  for (int i = 0; i < count && left > 0; ++i) {
    std::string raw(4096, '\0');
    off_t offset = 0;
    hsize_t size = 0;
    check(H5Pget_external(layout, static_cast<unsigned>(i), raw.size() - 1, raw.data(), &offset, &size), file, what);
    raw.resize(std::min(raw.find('\0'), raw.size()));
    const auto path = raw_path(raw, file);
    if (!is_file(path))
      throw bad_input(
          fmt::format("{}: the numbers of `{}` lie in {}, which is not there; copy it along, and set "
                      "HDF5_EXTFILE_PREFIX='${{ORIGIN}}' if it lies beside {}",
                      file, name, path.string(), file));
    const auto wanted = size == H5F_UNLIMITED ? left : std::min<std::uint64_t>(left, size);
    std::error_code failure;
    const auto there = fs::file_size(path, failure);
    if (failure || there < static_cast<std::uint64_t>(offset) || there - static_cast<std::uint64_t>(offset) < wanted)
      throw bad_input(
          fmt::format("{}: {} bytes of `{}` lie in {} from byte {} on, which has {} bytes (truncated?); copy "
                      "it again",
                      file, wanted, name, path.string(), offset, failure ? 0 : there));
    left -= wanted;
  }
}

void require_at_depth(hid_t dataset, const std::string& file, const std::string& name, int depth) {
  if (depth > kDeepest)
    throw bad_input(
        fmt::format("{}: the virtual dataset `{}` takes its numbers from virtual datasets without end; make "
                    "the file again",
                    file, name));
  require_filters(dataset, file, name);
  const auto layout =
      checked(H5Dget_create_plist(dataset), H5Pclose, file, fmt::format("the storage of `{}` cannot be read", name));
  if (H5Pget_layout(layout.get()) == H5D_VIRTUAL) return require_virtual(layout.get(), dataset, file, name, depth);
  require_raw_data(layout.get(), dataset, file, name);
}

}  // namespace

void require_sources(hid_t dataset, const std::string& file, const std::string& name) {
  require_at_depth(dataset, file, name, 0);
}

}  // namespace octocal::data::hdf5
