# SPDX-License-Identifier: Apache-2.0
# The libraries that octocal's modules link. Included by the build and, installed, by octocalConfig.cmake: the modules are
# static libraries, so whoever links them needs the same ones. libtorch is not here: only the trainer wants it.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Protobuf REQUIRED)
find_package(ONNX REQUIRED)
find_package(OneDnn REQUIRED)
find_package(Boost REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(hwloc REQUIRED IMPORTED_TARGET GLOBAL hwloc)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET GLOBAL libxxhash)
pkg_check_modules(libdeflate REQUIRED IMPORTED_TARGET GLOBAL libdeflate)
# pkg-config and not FindHDF5, which links half of the system.
pkg_check_modules(hdf5 REQUIRED IMPORTED_TARGET GLOBAL hdf5)
if(OCTOCAL_MPI)
  set(MPI_CXX_SKIP_MPICXX ON)  # the C interface alone
  find_package(MPI REQUIRED COMPONENTS CXX)
endif()
