// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/machine.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "octocal/base/error.hpp"

namespace octocal {
namespace {

constexpr std::array<std::pair<Isa, const char*>, 6> kIsaNames = {{{Isa::kBaseline, "baseline"},
                                                                   {Isa::kAvx2, "avx2"},
                                                                   {Isa::kAvx512, "avx512"},
                                                                   {Isa::kAvx512Vnni, "avx512_vnni"},
                                                                   {Isa::kAvx512Bf16, "avx512_bf16"},
                                                                   {Isa::kAmx, "amx"}}};

Isa detect() {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return Isa::kBaseline;
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512dq"))
    return Isa::kAvx2;
  if (!__builtin_cpu_supports("avx512vnni")) return Isa::kAvx512;
  if (!__builtin_cpu_supports("avx512bf16")) return Isa::kAvx512Vnni;
  // The compilers of Debian 12 do not name AMX here; the kernel lists the flag.
  std::ifstream flags("/proc/cpuinfo");
  for (std::string line; std::getline(flags, line);)
    if (line.rfind("flags", 0) == 0) return line.find(" amx_int8") != std::string::npos ? Isa::kAmx : Isa::kAvx512Bf16;
  return Isa::kAvx512Bf16;
}

}  // namespace

Isa machine_isa() {
  static const Isa best = detect();
  const char* cap = std::getenv("OCTOCAL_ISA");
  if (cap == nullptr || *cap == '\0') return best;
  for (const auto& [isa, name] : kIsaNames)
    if (std::string(cap) == name) return isa < best ? isa : best;
  throw bad_input(fmt::format(
      "OCTOCAL_ISA={}: no such instruction set; use baseline, avx2, avx512, avx512_vnni, avx512_bf16 or amx", cap));
}

const char* isa_name(Isa isa) noexcept {
  for (const auto& [known, name] : kIsaNames)
    if (known == isa) return name;
  return "unknown";
}

std::size_t second_level_cache_bytes() noexcept {
  constexpr std::size_t kUsual = std::size_t{1} << 20U;
  const long bytes = ::sysconf(_SC_LEVEL2_CACHE_SIZE);
  return bytes > 0 ? static_cast<std::size_t>(bytes) : kUsual;
}

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  return "unknown processor";
}

const char* version() noexcept { return OCTOCAL_VERSION; }

std::size_t peak_memory_bytes() noexcept {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

}  // namespace octocal
