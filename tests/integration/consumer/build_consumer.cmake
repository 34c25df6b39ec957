# SPDX-License-Identifier: Apache-2.0
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${ARGV} failed (${code}):\n${out}")
  endif()
  set(output "${out}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK}/prefix ${WORK}/build ${WORK}/build-quantize ${WORK}/headers)
run(${CMAKE_COMMAND} --install ${BUILD} --config ${CONFIG} --prefix ${WORK}/prefix)

# Every installed header must compile alone, without any third-party header in sight but the standard library's.
file(GLOB_RECURSE headers RELATIVE ${WORK}/prefix/include ${WORK}/prefix/include/*.hpp)
list(LENGTH headers count)
if(count LESS 15)
  message(FATAL_ERROR "only ${count} headers were installed: ${headers}")
endif()
foreach(header ${headers})
  file(READ ${WORK}/prefix/include/${header} text)
  if(text MATCHES "#include <(torch|dnnl|oneapi|H5|hdf5|onnx|google|nlohmann|boost|Eigen|fmt|spdlog|CLI)")
    message(FATAL_ERROR "installed header ${header} includes a third-party header (${CMAKE_MATCH_0})")
  endif()
  file(APPEND ${WORK}/headers/all.cpp "#include \"${header}\"\n")
endforeach()
run(${COMPILER} -std=c++20 -fsyntax-only -I${WORK}/prefix/include ${WORK}/headers/all.cpp)

set(flags "")
if(SANITIZE)
  set(flags "-DCMAKE_CXX_FLAGS=-fsanitize=${SANITIZE}")
endif()
run(${CMAKE_COMMAND} -S ${SOURCE}/examples/generate -B ${WORK}/build -DCMAKE_CXX_COMPILER=${COMPILER} ${flags}
  -DCMAKE_PREFIX_PATH=${WORK}/prefix)
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/generate ${WORK}/prefix/share/octocal/models/generator-int8.onnx)
if(NOT output MATCHES "shower 3: Ep 200 GeV, ECAL [0-9.]+ GeV")
  message(FATAL_ERROR "the example printed:\n${output}")
endif()

run(${CMAKE_COMMAND} -S ${SOURCE}/examples/quantize -B ${WORK}/build-quantize -DCMAKE_CXX_COMPILER=${COMPILER} ${flags}
  -DCMAKE_PREFIX_PATH=${WORK}/prefix)
run(${CMAKE_COMMAND} --build ${WORK}/build-quantize)
set(shipped ${WORK}/prefix/share/octocal)
execute_process(COMMAND ${WORK}/build-quantize/quantize ${shipped}/models/generator.onnx ${shipped}/data/electrons_000.h5
  100 ${WORK}/quantized.onnx RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE complaint)
# 1: a limit is missed, which a hundred showers cannot exclude.
if(code GREATER 1 OR NOT output MATCHES "Geant4: mean of z [0-9.]+ .*\nint8: mean of z [0-9.]+ ")
  message(FATAL_ERROR "the quantizing example ended with ${code} and printed:\n${output}${complaint}")
endif()
