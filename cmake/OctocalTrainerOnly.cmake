# SPDX-License-Identifier: Apache-2.0
# The trainer alone (preset trainer): base, the parts of data and model that need no library, train, and a small main.
# Wanted are a C++20 compiler, libtorch, and the headers of fmt, nlohmann/json, toml++ and CLI11, wherever they are found.
find_package(Threads REQUIRED)
include(OctocalTorch)

# fmt: the library, or its headers alone (PyTorch 2's own package brings them).
find_package(fmt QUIET)
if(NOT TARGET fmt::fmt)
  find_path(OCTOCAL_FMT_INCLUDE fmt/format.h HINTS ${PROJECT_SOURCE_DIR}/third_party/include ${TORCH_INCLUDE_DIRS} REQUIRED)
  add_library(fmt::fmt INTERFACE IMPORTED)
  target_include_directories(fmt::fmt SYSTEM INTERFACE "${OCTOCAL_FMT_INCLUDE}")
  target_compile_definitions(fmt::fmt INTERFACE FMT_HEADER_ONLY=1)
endif()
find_package(nlohmann_json QUIET)
if(NOT TARGET nlohmann_json::nlohmann_json)
  find_path(OCTOCAL_JSON_INCLUDE nlohmann/json.hpp HINTS ${PROJECT_SOURCE_DIR}/third_party/include REQUIRED)
  add_library(nlohmann_json::nlohmann_json INTERFACE IMPORTED)
  target_include_directories(nlohmann_json::nlohmann_json SYSTEM INTERFACE "${OCTOCAL_JSON_INCLUDE}")
endif()
find_package(CLI11 QUIET)
if(NOT TARGET CLI11::CLI11)
  find_path(OCTOCAL_CLI11_INCLUDE CLI/CLI.hpp HINTS ${PROJECT_SOURCE_DIR}/third_party/include REQUIRED)
  add_library(CLI11::CLI11 INTERFACE IMPORTED)
  target_include_directories(CLI11::CLI11 SYSTEM INTERFACE "${OCTOCAL_CLI11_INCLUDE}")
endif()

add_subdirectory(src/octocal/base)
add_subdirectory(src/octocal/data)
add_subdirectory(src/octocal/model)
add_subdirectory(src/octocal/train)
add_subdirectory(src/octocal/command_line)
add_subdirectory(src/octocal/trainer)
