// SPDX-License-Identifier: Apache-2.0
// A library for LD_PRELOAD (fault_test.py): whatever writes below a folder fails from the N-th time on, as on a disk that is
// full. What is counted: opening for writing, write, writev, pwrite, ftruncate, fsync, mkdir, rename.
//
// OCTOCAL_FAIL_BELOW: the folder; OCTOCAL_FAIL_FROM: N, from 1; OCTOCAL_FAIL_ERRNO: the error; OCTOCAL_FAIL_COUNT: file to which
// a byte is added for each time, so that it is known how many there are.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

std::atomic<long> counted{0};

long number_of(const char* variable, long otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::atol(text);
}

template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

/// Whether this call is to fail; sets errno then.
bool fails() {
  const long number = ++counted;
  if (const char* count = std::getenv("OCTOCAL_FAIL_COUNT")) {
    const int file = next<int (*)(const char*, int, ...)>("open")(count, O_WRONLY | O_APPEND | O_CREAT, 0644);
    if (file >= 0) {
      static_cast<void>(next<ssize_t (*)(int, const void*, size_t)>("write")(file, ".", 1));
      ::close(file);
    }
  }
  const long from = number_of("OCTOCAL_FAIL_FROM", 0);
  if (from == 0 || number < from) return false;
  errno = static_cast<int>(number_of("OCTOCAL_FAIL_ERRNO", ENOSPC));
  return true;
}

bool below(const char* path) {
  const char* folder = std::getenv("OCTOCAL_FAIL_BELOW");
  return folder != nullptr && path != nullptr && std::strncmp(path, folder, std::strlen(folder)) == 0;
}

bool below(int file) {
  char link[64], path[PATH_MAX];
  std::snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
  const ssize_t length = ::readlink(link, path, sizeof(path) - 1);
  if (length <= 0) return false;
  path[length] = '\0';
  return below(path);
}

bool for_writing(int flags) { return (flags & O_ACCMODE) != O_RDONLY; }

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = static_cast<mode_t>(va_arg(arguments, int));
  va_end(arguments);
  if (for_writing(flags) && below(path) && fails()) return -1;
  return next<int (*)(const char*, int, ...)>("open")(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = static_cast<mode_t>(va_arg(arguments, int));
  va_end(arguments);
  if (for_writing(flags) && below(path) && fails()) return -1;
  return next<int (*)(const char*, int, ...)>("open64")(path, flags, mode);
}
FILE* fopen(const char* path, const char* mode) {
  if (std::strpbrk(mode, "wa+") != nullptr && below(path) && fails()) return nullptr;
  return next<FILE* (*)(const char*, const char*)>("fopen")(path, mode);
}
FILE* fopen64(const char* path, const char* mode) {
  if (std::strpbrk(mode, "wa+") != nullptr && below(path) && fails()) return nullptr;
  return next<FILE* (*)(const char*, const char*)>("fopen64")(path, mode);
}
ssize_t write(int file, const void* bytes, size_t size) {
  if (below(file) && fails()) return -1;
  return next<ssize_t (*)(int, const void*, size_t)>("write")(file, bytes, size);
}
ssize_t writev(int file, const iovec* parts, int count) {
  if (below(file) && fails()) return -1;
  return next<ssize_t (*)(int, const iovec*, int)>("writev")(file, parts, count);
}
ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  if (below(file) && fails()) return -1;
  return next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite")(file, bytes, size, at);
}
ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) {
  if (below(file) && fails()) return -1;
  return next<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64")(file, bytes, size, at);
}
int ftruncate(int file, off_t size) noexcept {
  if (below(file) && fails()) return -1;
  return next<int (*)(int, off_t)>("ftruncate")(file, size);
}
int ftruncate64(int file, off64_t size) noexcept {
  if (below(file) && fails()) return -1;
  return next<int (*)(int, off64_t)>("ftruncate64")(file, size);
}
int fsync(int file) {
  if (below(file) && fails()) return -1;
  return next<int (*)(int)>("fsync")(file);
}
int mkdir(const char* path, mode_t mode) noexcept {
  if (below(path) && fails()) return -1;
  return next<int (*)(const char*, mode_t)>("mkdir")(path, mode);
}
int rename(const char* from, const char* to) noexcept {
  if (below(to) && fails()) return -1;
  return next<int (*)(const char*, const char*)>("rename")(from, to);
}

}  // extern "C"
