// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/internal/hdf5_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "octocal/base/error.hpp"
#include "octocal/data/internal/hdf5_problem.hpp"

namespace octocal::data::hdf5 {

Handle open_file(const std::string& name) {
  std::error_code failure;
  const auto status = std::filesystem::status(name, failure);
  if (status.type() == std::filesystem::file_type::not_found) throw bad_input(name + ": no such file; check the path");
  if (!std::filesystem::exists(status))
    throw bad_input(
        fmt::format("{}: cannot be reached ({}); check the permissions of its folders", name, failure.message()));
  if (std::filesystem::is_directory(status))
    throw bad_input(fmt::format("{}: is a folder; name files, for example '{}/*.h5'", name, name));
  if (!std::ifstream(name, std::ios::binary)) throw bad_input(name + ": cannot be read; check its permissions");
  const auto is_hdf5 = H5Fis_hdf5(name.c_str());
  check(is_hdf5, name, "cannot be looked into");
  if (is_hdf5 == 0) {
    const bool is_empty = std::filesystem::file_size(name, failure) == 0;
    throw bad_input(fmt::format("{}: is not an HDF5 file{}; give a file of showers in the CLIC layout", name,
                                is_empty ? " (it has 0 bytes)" : ""));
  }
  return checked(H5Fopen(name.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose, name, "cannot be opened");
}

std::string text_of(const std::vector<hsize_t>& shape) { return fmt::format("({})", fmt::join(shape, ", ")); }

const char* defect_of(float value) noexcept {
  return std::isnan(value) ? "NaN" : std::isinf(value) ? "infinite" : "negative";
}

}  // namespace octocal::data::hdf5
