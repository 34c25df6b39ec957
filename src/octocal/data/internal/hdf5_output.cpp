// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/internal/hdf5_output.hpp"

#include <filesystem>
#include <system_error>

#include "octocal/data/internal/hdf5_problem.hpp"

namespace octocal::data::hdf5 {

Output::Output(const std::string& file) : pending_(file) {
  const Handle settings(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  H5Pset_obj_track_times(settings.get(), false);
  // The place can be written to, an empty file is there: what fails now is the disk.
  const hid_t id = H5Fcreate(pending_.path().c_str(), H5F_ACC_TRUNC, settings.get(), H5P_DEFAULT);
  if (id < 0) throw failed();
  file_ = Handle(id, H5Fclose);
}

void Output::give_up() noexcept {
  std::error_code ignored;
  if (!finished_) std::filesystem::resize_file(pending_.path(), 0, ignored);
}

Error Output::failed() const { return write_problem(name()); }

void Output::check(herr_t result) const {
  if (result < 0) throw failed();
}

Handle Output::checked(hid_t id, Handle::Close close) const {
  if (id < 0) throw failed();
  return {id, close};
}

Handle Output::create(const char* name, hid_t type, const std::vector<hsize_t>& row_shape, std::size_t rows_in_chunk,
                      std::optional<unsigned> gzip_level) const {
  std::vector<hsize_t> shape = {0}, most = {H5S_UNLIMITED}, chunk = {rows_in_chunk};
  for (auto* extents : {&shape, &most, &chunk}) extents->insert(extents->end(), row_shape.begin(), row_shape.end());
  const int rank = static_cast<int>(shape.size());
  const auto space = checked(H5Screate_simple(rank, shape.data(), most.data()), H5Sclose);
  const auto settings = checked(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  check(H5Pset_chunk(settings.get(), rank, chunk.data()));
  check(H5Pset_obj_track_times(settings.get(), false));  // time stamps would make every file differ
  if (gzip_level) {
    check(H5Pset_shuffle(settings.get()));
    check(H5Pset_deflate(settings.get(), *gzip_level));
  }
  return checked(H5Dcreate2(file_.get(), name, type, space.get(), H5P_DEFAULT, settings.get(), H5P_DEFAULT), H5Dclose);
}

void Output::append(const Handle& dataset, std::size_t& rows_there, std::size_t rows,
                    const std::vector<hsize_t>& row_shape, hid_t type, const void* numbers) const {
  if (rows == 0) return;
  std::vector<hsize_t> shape = {rows_there + rows}, count = {rows}, offset(1 + row_shape.size(), 0);
  for (auto* extents : {&shape, &count}) extents->insert(extents->end(), row_shape.begin(), row_shape.end());
  offset[0] = rows_there;
  check(H5Dset_extent(dataset.get(), shape.data()));
  const auto space = checked(H5Dget_space(dataset.get()), H5Sclose);
  const auto memory = checked(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose);
  check(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, offset.data(), nullptr, count.data(), nullptr));
  check(H5Dwrite(dataset.get(), type, memory.get(), space.get(), H5P_DEFAULT, numbers));
  rows_there += rows;
}

void Output::commit() {
  check(H5Fflush(file_.get(), H5F_SCOPE_GLOBAL));
  if (!file_.reset()) throw failed();
  pending_.commit();
  finished_ = true;
}

}  // namespace octocal::data::hdf5
