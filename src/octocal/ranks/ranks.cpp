// SPDX-License-Identifier: Apache-2.0
#include "octocal/ranks/ranks.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <optional>
#include <string_view>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/mute_log.hpp"

namespace octocal::ranks {

std::string Ranks::told_by(int rank, const std::string& text) {
  std::uint64_t length = text.size();
  broadcast_of(rank, std::as_writable_bytes(std::span(&length, 1)));
  std::string all = rank == this->rank() ? text : std::string(length, ' ');
  broadcast_of(rank, std::as_writable_bytes(std::span(all)));
  return all;
}

std::string Ranks::told(const std::string& text) { return alone() ? text : told_by(0, text); }

void Ranks::agree(const std::function<void()>& body) {
  if (alone()) return body();
  std::optional<Error> failure;
  try {
    body();
  } catch (const Error& error) {
    failure = error;
  } catch (const std::bad_alloc&) {
    failure = run_failed("out of memory; start fewer ranks on a machine, or try a smaller --batch");
  } catch (const std::exception& error) {
    failure = run_failed(fmt::format("unexpected failure: {}", error.what()));
  }
  const int failed = lowest(failure.has_value());
  if (failed < 0) return;
  // The code is the first letter of the text.
  const auto text = told_by(
      failed, failure ? static_cast<char>('0' + static_cast<int>(failure->code())) + std::string(failure->what())
                      : std::string());
  const auto code = static_cast<ErrorCode>(text.front() - '0');
  agreed_ = true;
  throw Error(code, failed == 0 ? text.substr(1) : fmt::format("rank {}: {}", failed, text.substr(1)));
}

void run_together(const std::function<void(Ranks&)>& job) {
  auto& ranks = world();
  if (ranks.alone()) return job(ranks);
  const auto end_all = [&](const std::string& what, int exit_code) {
    mute_log(false);
    log_error(fmt::format("rank {} of {}: {}", ranks.rank(), ranks.size(), what));
    ranks.end_all(exit_code);
  };
  try {
    job(ranks);
  } catch (const Error& error) {
    if (ranks.agreed()) throw;
    if (error.code() == ErrorCode::kInterrupted) ranks.end_all(error.exit_code());
    end_all(error.what(), error.exit_code());
  } catch (const std::exception& error) {
    end_all(fmt::format("unexpected failure: {}", error.what()), 1);
  }
}

int launched_rank() noexcept {
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"})
    if (const char* text = std::getenv(name); text != nullptr && *text != '\0') return std::atoi(text);
  return -1;
}

}  // namespace octocal::ranks
