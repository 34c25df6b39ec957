// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <hdf5.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace octocal::test {

/// A dataset as a test wants it, right or wrong.
struct RawDataset {
  std::string name;
  std::vector<hsize_t> shape;
  std::vector<double> values;  ///< empty: zeros
  hid_t type = H5T_IEEE_F32LE;
  hid_t creation = H5P_DEFAULT;  ///< a list of creation properties: chunks, filters, sources
};

/// As octocal asks HDF5 for before it uses it (Lock), and tests may be first: at the end of the process it would go to pieces
/// over files that could not be written.
inline const bool kNothingAtExit = H5dont_atexit() >= 0;

/// The identifier, unless HDF5 could not do what the test wants.
inline hid_t made_by_test(hid_t id) {
  if (id < 0) throw std::runtime_error("test cannot write its HDF5 file");
  return id;
}

/// Writes an HDF5 file with HDF5 alone, so that the readers are not tested with the writer they come with.
inline void write_raw_file(const std::string& file, const std::vector<RawDataset>& datasets) {
  const auto check = made_by_test;
  const hid_t made = check(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
  for (auto [name, shape, values, type, creation] : datasets) {
    std::size_t size = 1;
    for (const auto extent : shape) size *= extent;
    const bool is_virtual = creation != H5P_DEFAULT && H5Pget_layout(creation) == H5D_VIRTUAL;
    if (!is_virtual) values.resize(size);
    const hid_t space = check(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr));
    const hid_t dataset = check(H5Dcreate2(made, name.c_str(), type, space, H5P_DEFAULT, creation, H5P_DEFAULT));
    if (!values.empty()) check(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()));
    H5Dclose(dataset);
    H5Sclose(space);
  }
  H5Fclose(made);
}

/// `showers` right showers of 2 x 2 x 3 cells: shower i has Ep = 100 + i GeV and cell c = (i + 1) * (c + 1) / 1000 GeV.
inline std::vector<RawDataset> right_showers(std::size_t showers) {
  RawDataset ecal{"ECAL", {showers, 2, 2, 3}, {}, H5T_IEEE_F32LE};
  RawDataset target{"target", {showers, 2}, {}, H5T_IEEE_F32LE};
  for (std::size_t i = 0; i < showers; ++i) {
    for (std::size_t c = 0; c < 12; ++c) ecal.values.push_back(static_cast<double>((i + 1) * (c + 1)) / 1000);
    target.values.push_back(11);
    target.values.push_back(100 + static_cast<double>(i));
  }
  return {ecal, target};
}

}  // namespace octocal::test
