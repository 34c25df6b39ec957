# SPDX-License-Identifier: Apache-2.0
# Runs `npm ci` where node_modules does not hold what package-lock.json asks for; the build calls it.
# Arguments: SOURCE_FOLDER, and FILES, which must exist afterwards.

# The version of a package that a lock file names, "" if there is none.
function(locked_version lock_file package result)
  set(${result} "" PARENT_SCOPE)
  if(EXISTS "${lock_file}")
    file(READ "${lock_file}" lock)
    string(JSON version ERROR_VARIABLE absent GET "${lock}" packages "node_modules/${package}" version)
    if(NOT absent)
      set(${result} "${version}" PARENT_SCOPE)
    endif()
  endif()
endfunction()

# Two build folders may come here at once, and npm ci begins by deleting node_modules. The lock is a file of its own
# because file(LOCK) empties what it locks.
file(LOCK "${SOURCE_FOLDER}/build/npm_ci.lock" GUARD PROCESS TIMEOUT 600)

set(complete TRUE)
foreach(package jsroot playwright-core)
  locked_version("${SOURCE_FOLDER}/package-lock.json" ${package} wanted)
  locked_version("${SOURCE_FOLDER}/node_modules/.package-lock.json" ${package} present)
  if(NOT wanted STREQUAL present)
    set(complete FALSE)
  endif()
endforeach()
foreach(file IN LISTS FILES)
  if(NOT EXISTS "${file}")
    set(complete FALSE)
  endif()
endforeach()

if(NOT complete)
  find_program(npm npm)
  if(NOT npm)
    message(FATAL_ERROR "JSROOT is missing and there is no npm to fetch it; install npm (apt-get install npm) and build "
      "again, or run `npm ci --ignore-scripts` in ${SOURCE_FOLDER} where there is a network")
  endif()
  # Without scripts: the page needs JSROOT's files only, not the native packages that JSROOT uses under Node.js.
  execute_process(COMMAND "${npm}" ci --ignore-scripts --no-audit --no-fund --loglevel=error
    WORKING_DIRECTORY "${SOURCE_FOLDER}" RESULT_VARIABLE failed OUTPUT_QUIET ERROR_VARIABLE reason)
  if(failed)
    message(FATAL_ERROR "npm ci could not fetch JSROOT: ${reason}\nCheck the network, then build again")
  endif()
  foreach(file IN LISTS FILES)
    if(NOT EXISTS "${file}")
      message(FATAL_ERROR "npm ci left no ${file}: package-lock.json and src/octocal/report/CMakeLists.txt disagree")
    endif()
  endforeach()
endif()
file(TOUCH ${FILES})  # npm keeps the packages' own old time stamps: without this every build would come here again
