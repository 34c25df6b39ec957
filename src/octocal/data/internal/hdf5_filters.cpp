// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/internal/hdf5_filters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "octocal/base/error.hpp"
#include "octocal/data/internal/hdf5_problem.hpp"

namespace octocal::data::hdf5 {
namespace {

constexpr H5Z_filter_t kLzf = 32000;

/// Names of filters in The HDF Group's register; files name them in many ways, some with a whole sentence.
struct FilterName {
  H5Z_filter_t id;
  const char* name;
};
constexpr std::array<FilterName, 13> kNames{{{H5Z_FILTER_SZIP, "szip"},
                                             {H5Z_FILTER_NBIT, "nbit"},
                                             {H5Z_FILTER_SCALEOFFSET, "scaleoffset"},
                                             {307, "bzip2"},
                                             {kLzf, "LZF"},
                                             {32001, "Blosc"},
                                             {32003, "Snappy"},
                                             {32004, "LZ4"},
                                             {32008, "Bitshuffle"},
                                             {32013, "ZFP"},
                                             {32015, "Zstandard"},
                                             {32017, "SZ"},
                                             {32026, "Blosc2"}}};

std::string name_of(H5Z_filter_t id, std::string in_file) {
  const auto known = std::find_if(kNames.begin(), kNames.end(), [id](const FilterName& one) { return one.id == id; });
  if (known != kNames.end()) return known->name;
  in_file.resize(std::min(in_file.size(), in_file.find(';')));
  return in_file.empty() ? "without a name" : in_file;
}

/// Whether packed data can be read: the filter is there, and not as an encoder alone.
bool can_decode(H5Z_filter_t id) {
  unsigned can = 0;
  return H5Zfilter_avail(id) > 0 && (H5Zget_filter_info(id, &can) < 0 || (can & H5Z_FILTER_CONFIG_DECODE_ENABLED) != 0);
}

}  // namespace

void require_filters(hid_t dataset, const std::string& file, const std::string& name) {
  const auto what = fmt::format("the filters of `{}` cannot be read", name);
  const auto layout = checked(H5Dget_create_plist(dataset), H5Pclose, file, what);
  const int filters = H5Pget_nfilters(layout.get());
  check(filters, file, what);
  for (int i = 0; i < filters; ++i) {
    std::array<char, 256> text{};
    unsigned flags = 0, can = 0;
    std::size_t values = 0;
    const auto id = H5Pget_filter2(layout.get(), static_cast<unsigned>(i), &flags, &values, nullptr, text.size() - 1,
                                   text.data(), &can);
    check(id, file, what);
    if (can_decode(id)) continue;
    const std::string remedy =
        id == kLzf ? "only h5py has this filter: write the dataset again with compression='gzip'"
                   : fmt::format(
                         "write it again with gzip (h5repack -f GZIP=1 {} NEW) where the filter is, or set "
                         "HDF5_PLUGIN_PATH to the folder of its plugin (hdf5plugin.PLUGIN_PATH of Python's "
                         "hdf5plugin)",
                         file);
    throw bad_input(fmt::format("{}: `{}` is packed with the filter {} (number {}), which is not installed here; {}",
                                file, name, name_of(id, text.data()), id, remedy));
  }
}

}  // namespace octocal::data::hdf5
