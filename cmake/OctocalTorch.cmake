# SPDX-License-Identifier: Apache-2.0
# libtorch as TORCH_LIBRARIES: from CMake's package, or from the folder of PyTorch's own Python package. The latter's CMake
# files want a whole CUDA toolkit where it was built for CUDA; the trainer compiles no CUDA and needs only the libraries.
set(OCTOCAL_TORCH_FOLDER "" CACHE PATH
  "Folder of an installed PyTorch 2, the one that holds include/ and lib/ (python3 -c 'import torch; print(torch.__path__[0])')")
if(NOT OCTOCAL_TORCH_FOLDER)
  find_package(Torch REQUIRED)
elseif(NOT EXISTS "${OCTOCAL_TORCH_FOLDER}/include/ATen/ATen.h")
  message(FATAL_ERROR "OCTOCAL_TORCH_FOLDER=${OCTOCAL_TORCH_FOLDER}: holds no include/ATen/ATen.h; give the folder of an installed PyTorch")
else()
  set(TORCH_INCLUDE_DIRS "${OCTOCAL_TORCH_FOLDER}/include;${OCTOCAL_TORCH_FOLDER}/include/torch/csrc/api/include")
  if(NOT TARGET octocal_torch)
    add_library(octocal_torch INTERFACE)
    target_include_directories(octocal_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
    # CUDA's library registers itself when it is loaded; nobody names it, so the linker has to be told to keep it.
    set(octocal_torch_libraries "")
    foreach(library torch torch_cpu c10 torch_cuda c10_cuda)
      if(EXISTS "${OCTOCAL_TORCH_FOLDER}/lib/lib${library}.so")
        list(APPEND octocal_torch_libraries "${OCTOCAL_TORCH_FOLDER}/lib/lib${library}.so")
      endif()
    endforeach()
    target_link_libraries(octocal_torch INTERFACE -Wl,--push-state,--no-as-needed ${octocal_torch_libraries} -Wl,--pop-state)
    # What those need in turn (CUDA's libraries) they find themselves when the program starts.
    target_link_options(octocal_torch INTERFACE -Wl,--unresolved-symbols=ignore-in-shared-libs
      "-Wl,-rpath,${OCTOCAL_TORCH_FOLDER}/lib")
  endif()
  set(TORCH_LIBRARIES octocal_torch)
endif()

# PyTorch's folder of headers holds a fmt of its own, of any version, and comes before that of the fmt that octocal links:
# a file that sees libtorch is compiled with whichever of the two is found, and links neither, because it takes fmt's
# functions from the headers. No header of octocal has fmt in it, so files with different ones go together.
if(NOT TARGET octocal_fmt_beside_torch)
  add_library(octocal_fmt_beside_torch INTERFACE)
  target_compile_definitions(octocal_fmt_beside_torch INTERFACE FMT_HEADER_ONLY=1)
endif()
list(APPEND TORCH_LIBRARIES octocal_fmt_beside_torch)
