# SPDX-License-Identifier: Apache-2.0
# Target `docs`: API pages from the headers that are installed, in build/.../api; fails on an undocumented public name.
# Needs Doxygen (Debian: doxygen) and Python.
find_package(Doxygen QUIET)
find_package(Python3 QUIET COMPONENTS Interpreter)
if(NOT DOXYGEN_FOUND OR NOT Python3_FOUND)
  add_custom_target(docs COMMAND ${CMAKE_COMMAND} -E echo "doxygen or python3 is missing; install it and configure again"
    COMMAND ${CMAKE_COMMAND} -E false VERBATIM)
  return()
endif()
file(GLOB_RECURSE api_docs_headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/octocal/*.hpp"
  "${PROJECT_SOURCE_DIR}/geant4/include/*.hpp")
list(FILTER api_docs_headers EXCLUDE REGEX "${octocal_internal_headers}")
set(api_docs_folder "${PROJECT_BINARY_DIR}/api")
set(api_docs_copies "${PROJECT_BINARY_DIR}/api-headers")
configure_file("${PROJECT_SOURCE_DIR}/docs/Doxyfile.in" "${PROJECT_BINARY_DIR}/Doxyfile" @ONLY)
add_custom_target(docs
  COMMAND ${CMAKE_COMMAND} -E rm -rf "${api_docs_folder}" "${api_docs_copies}"
  COMMAND ${CMAKE_COMMAND} -E make_directory "${api_docs_folder}"
  COMMAND Python3::Interpreter "${PROJECT_SOURCE_DIR}/scripts/api_docs_filter.py" "${PROJECT_SOURCE_DIR}"
    "${api_docs_copies}" ${api_docs_headers}
  COMMAND Doxygen::doxygen "${PROJECT_BINARY_DIR}/Doxyfile"
  COMMAND ${CMAKE_COMMAND} -E echo "API pages: ${api_docs_folder}/index.html"
  COMMENT "API pages" VERBATIM)
