# SPDX-License-Identifier: Apache-2.0
# How every module of octocal is built: one static library a module, sources found beside their headers.

include(GNUInstallDirs)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

# ccache where it is. It caches files that use a precompiled header only when it is told that macros defined there count
# as unchanged when the header is.
find_program(OCTOCAL_CCACHE ccache)
if(OCTOCAL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env "CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime" ${OCTOCAL_CCACHE})
endif()

# Half of the time to build goes into reading the same library headers again: they are read once a target. A build
# without it (-DOCTOCAL_PCH=OFF) shows includes that are missing.
option(OCTOCAL_PCH "Precompile the headers of libraries" ON)
set(octocal_headers_std <algorithm> <array> <cmath> <cstdint> <filesystem> <functional> <map> <memory> <optional> <set>
  <span> <string> <vector> <fmt/format.h>)
set(octocal_headers_json <nlohmann/json.hpp>)
set(octocal_headers_cli <CLI/CLI.hpp>)
set(octocal_headers_torch <ATen/ATen.h> <torch/csrc/autograd/autograd.h>)
set(octocal_headers_test <gtest/gtest.h>)
# octocal_precompile(TARGET std|json|cli|torch|test ...)
function(octocal_precompile target)
  if(NOT OCTOCAL_PCH)
    return()
  endif()
  foreach(kind IN LISTS ARGN)
    target_precompile_headers(${target} PRIVATE ${octocal_headers_${kind}})
  endforeach()
endfunction()

# octocal_seldom_run(TARGET): code that runs once a command (options, tables, tests) is compiled with little optimisation,
# which takes a third less time.
function(octocal_seldom_run target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

add_library(octocal_options INTERFACE)
target_compile_options(octocal_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wconversion
  -Wno-sign-conversion $<$<BOOL:${OCTOCAL_WERROR}>:-Werror>)
# GCC 12 warns falsely of overlapping copies in std::string (GCC bug 105651).
target_compile_options(octocal_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
# a * b + c stays two roundings unless the source says fma: the same bytes from every compiler and instruction set.
target_compile_options(octocal_options INTERFACE -ffp-contract=off)
if(OCTOCAL_SANITIZE)
  target_compile_options(octocal_options INTERFACE -fsanitize=${OCTOCAL_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=undefined)
  target_link_options(octocal_options INTERFACE -fsanitize=${OCTOCAL_SANITIZE})
endif()

if(OCTOCAL_FUZZ)
  target_compile_options(octocal_options INTERFACE -fsanitize=fuzzer-no-link)
  target_compile_definitions(octocal_options INTERFACE OCTOCAL_FUZZ)
endif()

# Debug and sanitizer builds check preconditions (src/octocal/base/expect.hpp).
if(OCTOCAL_SANITIZE)
  target_compile_definitions(octocal_options INTERFACE OCTOCAL_CHECKS)
else()
  target_compile_definitions(octocal_options INTERFACE $<$<CONFIG:Debug>:OCTOCAL_CHECKS>)
endif()

# Several files to one run of the compiler: most of its time goes into headers and templates that all files of a room
# share. OFF (the default outside the presets release, program and demo) compiles each file for itself, which shows
# includes that are missing and is quicker after an edit.
option(OCTOCAL_UNITY "Compile several files of a room at once" OFF)

# octocal_unity(TARGET [files a run])
function(octocal_unity target)
  set(files 8)
  if(ARGC GREATER 1)
    set(files ${ARGV1})
  endif()
  if(OCTOCAL_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${files})
  endif()
endfunction()

# octocal_module(NAME [WITHOUT regex] [PUBLIC libs...] [PRIVATE libs...] [PRECOMPILE kinds...]): the static library
# octocal_NAME (alias octocal::NAME) from every .cpp below the calling folder but those whose path matches the regex.
function(octocal_module name)
  cmake_parse_arguments(ARG "" "WITHOUT" "PUBLIC;PRIVATE;PRECOMPILE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  if(ARG_WITHOUT)
    list(FILTER sources EXCLUDE REGEX "${ARG_WITHOUT}")
  endif()
  add_library(octocal_${name} STATIC ${sources})
  add_library(octocal::${name} ALIAS octocal_${name})
  set_target_properties(octocal_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(octocal_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(octocal_${name} PUBLIC cxx_std_20)
  target_link_libraries(octocal_${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE} $<BUILD_INTERFACE:octocal_options>)
  octocal_precompile(octocal_${name} std ${ARG_PRECOMPILE})
  octocal_unity(octocal_${name})
endfunction()

# The precompiled header of the tests, made once for all targets that are compiled alike: those that do not see libtorch.
function(octocal_precompile_test target)
  if(NOT OCTOCAL_PCH)
    return()
  endif()
  if(NOT TARGET octocal_test_headers)
    file(WRITE ${PROJECT_BINARY_DIR}/test_headers.cpp "")
    add_library(octocal_test_headers OBJECT ${PROJECT_BINARY_DIR}/test_headers.cpp)
    target_link_libraries(octocal_test_headers PRIVATE octocal_options GTest::gtest_main fmt::fmt)
    octocal_precompile(octocal_test_headers std test)
    octocal_seldom_run(octocal_test_headers)
    set_target_properties(octocal_test_headers PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  endif()
  target_precompile_headers(${target} REUSE_FROM octocal_test_headers)
endfunction()

# octocal_unit_test(MODULE libs... [PRECOMPILE kinds...]): one GoogleTest program from every .cpp of the calling folder, one ctest entry a test.
function(octocal_unit_test module)
  cmake_parse_arguments(ARG "" "" "PRECOMPILE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  if(NOT sources)
    return()
  endif()
  add_executable(test_${module} ${sources})
  if(ARG_PRECOMPILE)
    octocal_precompile(test_${module} std test ${ARG_PRECOMPILE})
  else()
    octocal_precompile_test(test_${module})
  endif()
  octocal_seldom_run(test_${module})
  octocal_unity(test_${module})
  target_link_libraries(test_${module} PRIVATE ${ARG_UNPARSED_ARGUMENTS} octocal_options GTest::gtest_main)
  target_include_directories(test_${module} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(test_${module} PRIVATE OCTOCAL_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  include(GoogleTest)
  gtest_discover_tests(test_${module} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 TEST_PREFIX "${module}:" PROPERTIES TIMEOUT 300)
endfunction()
