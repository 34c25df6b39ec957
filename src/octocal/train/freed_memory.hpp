// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace octocal::train {

/// Large tensors come and go every step: makes the C library keep their pages instead of asking the kernel for zeroed
/// ones each time. For the whole process; does nothing where the C library is not glibc.
void keep_freed_memory();

}  // namespace octocal::train
