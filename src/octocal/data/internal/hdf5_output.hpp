// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/data/internal/hdf5_handle.hpp"

// Not installed. The caller holds the Lock.

namespace octocal::data::hdf5 {

/// A new HDF5 file that is complete or absent (PendingFile), without time stamps inside.
class Output {
 public:
  /// Errors: as PendingFile; bad_input naming the file.
  explicit Output(const std::string& file);
  ~Output() { give_up(); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// For the destructor of who has datasets in it: frees the place of a file that is given up, before they are closed.
  /// HDF5 still writes when it closes them, which must succeed on a full disk, too, or it would keep the file open to the
  /// end of the process.
  void give_up() noexcept;

  std::string name() const { return pending_.target().string(); }
  hid_t root() const noexcept { return file_.get(); }

  /// Of the HDF5 call that failed just now.
  Error failed() const;
  void check(herr_t result) const;
  Handle checked(hid_t id, Handle::Close close) const;

  /// A dataset without rows, in chunks of `rows_in_chunk` rows of the given shape; packed by HDF5's shuffle and gzip if
  /// there is a level. Errors: write_problem().
  Handle create(const char* name, hid_t type, const std::vector<hsize_t>& row_shape, std::size_t rows_in_chunk,
                std::optional<unsigned> gzip_level) const;

  /// Appends rows of numbers of `type` in memory through HDF5's filters; `rows_there` grows.
  void append(const Handle& dataset, std::size_t& rows_there, std::size_t rows, const std::vector<hsize_t>& row_shape,
              hid_t type, const void* numbers) const;

  /// Flushes the file, whose datasets are closed, to disk and puts it in place.
  void commit();

 private:
  PendingFile pending_;
  Handle file_;
  bool finished_ = false;
};

}  // namespace octocal::data::hdf5
