# SPDX-License-Identifier: Apache-2.0
# cmake --install and find_package(octocal): libraries, headers, the shipped models and sample, the report's page.
include(CMakePackageConfigHelpers)

set(octocal_installed base ranks data model engine quant physics report study)
list(TRANSFORM octocal_installed PREPEND octocal_ OUTPUT_VARIABLE octocal_installed_targets)
install(TARGETS ${octocal_installed_targets} EXPORT octocalTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})

# Headers that name a third-party library, or that are of no use outside, stay inside (docs/architecture.md, "What is
# installed").
set(octocal_internal_headers "/(compile|kernels|onednn|runtime|shapes|train|trainer|command_line|cli|internal)/|_json\\.hpp$|study/tuning_history\\.hpp$|reference/(operation|cellwise)\\.hpp$")
install(DIRECTORY src/octocal/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/octocal FILES_MATCHING PATTERN "*.hpp"
  REGEX "${octocal_internal_headers}" EXCLUDE)

install(EXPORT octocalTargets NAMESPACE octocal:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/octocal)
configure_package_config_file(cmake/octocalConfig.cmake.in ${PROJECT_BINARY_DIR}/octocalConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/octocal)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/octocalConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/octocalConfig.cmake ${PROJECT_BINARY_DIR}/octocalConfigVersion.cmake
  cmake/OctocalDependencies.cmake cmake/FindOneDnn.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/octocal)

# With their README.md files, which state where they come from and their licence.
install(DIRECTORY models data DESTINATION ${CMAKE_INSTALL_DATADIR}/octocal)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/octocal)
include(OctocalApiDocs)
