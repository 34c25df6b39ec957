// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/internal/hdf5_state.hpp"

#include <hdf5.h>
#include <sys/stat.h>

namespace octocal::data::hdf5 {
namespace {

FileState state_in(const struct stat& found) {
  return {found.st_dev, found.st_ino, found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec};
}

}  // namespace

std::optional<FileState> state_of(const std::string& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return std::nullopt;
  return state_in(found);
}

std::optional<FileState> state_of(hid_t file) {
  const Handle access(H5Fget_access_plist(file), H5Pclose);
  void* descriptor = nullptr;
  struct stat found {};
  if (H5Pget_driver(access.get()) != H5FD_SEC2 || H5Fget_vfd_handle(file, H5P_DEFAULT, &descriptor) < 0 ||
      descriptor == nullptr || ::fstat(*static_cast<const int*>(descriptor), &found) != 0)
    return std::nullopt;
  return state_in(found);
}

Error changed(const std::string& file) {
  return bad_input(file + ": was written to while it was read; start again when nobody writes to it");
}

}  // namespace octocal::data::hdf5
