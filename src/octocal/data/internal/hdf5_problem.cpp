// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/internal/hdf5_problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace octocal::data::hdf5 {
namespace {

herr_t collect(unsigned, const H5E_error2_t* record, void* records) {
  static_cast<std::vector<ErrorRecord>*>(records)->push_back(
      {record->maj_num, record->min_num, record->desc == nullptr ? "" : record->desc});
  return 0;
}

using Records = std::span<const ErrorRecord>;

/// The innermost record whose text holds `part`, or nullptr.
const ErrorRecord* saying(Records records, std::string_view part) {
  const auto found = std::find_if(records.rbegin(), records.rend(), [&](const ErrorRecord& record) {
    return record.text.find(part) != std::string::npos;
  });
  return found == records.rend() ? nullptr : &*found;
}

bool has_minor(Records records, hid_t minor) {
  return std::any_of(records.begin(), records.end(), [&](const ErrorRecord& record) { return record.minor == minor; });
}

/// The text between two quotation marks, "" if there are none: names of filters and files.
std::string quoted(const std::string& text) {
  const auto first = text.find('\'');
  const auto last = text.rfind('\'');
  return first == last ? "" : text.substr(first + 1, last - first - 1);
}

/// The number behind `label` in any of the texts, or `otherwise`.
long long number_behind(Records records, std::string_view label, long long otherwise) {
  const auto* record = saying(records, label);
  if (record == nullptr) return otherwise;
  return std::strtoll(record->text.c_str() + record->text.find(label) + label.size(), nullptr, 10);
}

Cause locked(int error, const std::string& file) {
  if (error == EAGAIN || error == EWOULDBLOCK || error == EACCES)
    return {"another program has it open and writes to it", fmt::format("wait until that program has closed {}", file)};
  return {fmt::format("its file system cannot lock files: {}", std::strerror(error)),
          "set HDF5_USE_FILE_LOCKING=FALSE if nothing writes to it"};
}

Cause refused_by_system(int error) {
  const std::string reason = std::strerror(error);
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return {reason, "free some space or write elsewhere"};
    case EACCES:
    case EPERM:
    case EROFS:
      return {reason, "check its permissions"};
    case EMFILE:
    case ENFILE:
      return {reason, "allow more open files (ulimit -n)"};
    default:
      return {reason, "check the disk or the network and try again"};
  }
}

/// Of a form that this library does not know; nullptr: no sign of that.
const ErrorRecord* unknown_form(Records records) {
  for (const auto* part : {"bad superblock version number", "bad version number for", "unknown superblock version",
                           "bad flag combination for message", "unknown filter version"})
    if (const auto* record = saying(records, part)) return record;
  return nullptr;
}

}  // namespace

std::vector<ErrorRecord> error_records() {
  std::vector<ErrorRecord> records;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, collect, &records);
  return records;
}

Cause cause_of(Records records, const std::string& file) {
  const auto system_error = static_cast<int>(number_behind(records, "errno = ", 0));
  if (const auto* record = saying(records, "required filter"))
    return {fmt::format("it is packed with the filter '{}', which is not installed here", quoted(record->text)),
            fmt::format("write it again with gzip (h5repack -f GZIP=1 {} NEW) where the filter is, or set "
                        "HDF5_PLUGIN_PATH to the folder of its plugin",
                        file)};
  if (has_minor(records, H5E_CANTLOCKFILE)) return locked(system_error, file);
  if (saying(records, "already open for") != nullptr)
    return {"its writer has not closed it: it still writes, or it was killed",
            fmt::format("wait for it, or after a killed job take off the mark with h5clear -s {} (the last showers "
                        "may be missing)",
                        file)};
  if (has_minor(records, H5E_TRUNCATED))
    return {fmt::format("it is truncated: {} of {} bytes are there", number_behind(records, "file: eof = ", 0),
                        number_behind(records, "stored_eof = ", 0)),
            "copy or make it again"};
  if (const auto* record = saying(records, "bad object header version number"))
    return {fmt::format("parts of it were never written, as its writer did not close it, or it is damaged: {}",
                        record->text),
            "make or copy it again"};
  if (const auto* record = unknown_form(records))
    return {fmt::format("it was written by a newer HDF5, in a form that HDF5 {} does not know: {}", library_version(),
                        record->text),
            fmt::format("write it for older readers (h5py: libver=('earliest', 'v110'); or h5repack --high=2 {} NEW)",
                        file)};
  if (const auto* record = saying(records, "external link file name"))
    return {fmt::format("it is a link into the file {}, which cannot be opened", quoted(record->text)),
            "copy that file along"};
  if (has_minor(records, H5E_TRAVERSE)) return {"it is a link to what is not there", "make the file again"};
  if (saying(records, "external raw data file") != nullptr)
    return {"the file of its raw data cannot be opened", "copy that file along"};
  if (system_error != 0) return refused_by_system(system_error);
  const bool no_memory = std::any_of(records.begin(), records.end(), [](const ErrorRecord& record) {
    return record.major == H5E_RESOURCE && (record.minor == H5E_NOSPACE || record.minor == H5E_CANTALLOC);
  });
  if (no_memory) return {"not enough memory", "give it more, or damaged sizes ask for too much: make the file again"};
  if (records.empty()) return {"HDF5 gives no reason", "copy or make it again"};
  return {fmt::format("it is damaged: {}", records.back().text), "copy or make it again"};
}

Error problem(const std::string& file, const std::string& what) {
  const auto cause = cause_of(error_records(), file);
  return bad_input(fmt::format("{}: {} ({}); {}", file, what, cause.reason, cause.remedy));
}

Error write_problem(const std::string& file) {
  const auto records = error_records();
  const auto system_error = static_cast<int>(number_behind(records, "errno = ", 0));
  const auto cause = system_error != 0 ? refused_by_system(system_error)
                                       : Cause{records.empty() ? "is the disk full?" : records.back().text,
                                               "free some space or write elsewhere"};
  return run_failed(fmt::format("{}: could not be written whole ({}); {}", file, cause.reason, cause.remedy));
}

Handle checked(hid_t id, Handle::Close close, const std::string& file, const std::string& what) {
  if (id < 0) throw problem(file, what);
  return {id, close};
}

void check(herr_t result, const std::string& file, const std::string& what) {
  if (result < 0) throw problem(file, what);
}

std::string library_version() {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return fmt::format("{}.{}.{}", major, minor, release);
}

}  // namespace octocal::data::hdf5
