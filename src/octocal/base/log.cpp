#include "octocal/base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>

namespace octocal {
namespace {

std::atomic<Verbosity> current{Verbosity::kNormal};

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("octocal", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("octocal: %v");
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

}  // namespace

void set_verbosity(Verbosity verbosity) { current = verbosity; }
Verbosity verbosity() noexcept { return current; }

void log_error(const std::string& message) { logger().error(message); }

void log_warning(const std::string& message) {
  if (current != Verbosity::kQuiet) logger().warn("warning: " + message);
}

void log_info(const std::string& message) {
  if (current != Verbosity::kQuiet) logger().info(message);
}

void log_verbose(const std::string& message) {
  if (current == Verbosity::kVerbose) logger().info(message);
}

}  // namespace octocal
