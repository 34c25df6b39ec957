// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <vector>

#include "octocal/command_line/app.hpp"

namespace octocal::cli {

using command_line::App;
using command_line::from_to;

/// One verb of the program, `octocal NAME ...`. A verb is one file of this folder that ends in
///
///     const Verb verb({"info", "tell what is in files of showers", kExamples, define});
///
/// and nothing else has to know it: the program finds the verbs that were built in. Its place in the help is in
/// kOrder (verb.cpp); a verb that is not there comes last.
struct VerbDefinition {
  const char* name;      ///< "info"
  const char* summary;   ///< one line, lower case, without a full stop
  const char* examples;  ///< two or three real command lines, one a line
  /// Adds the verb's options to a fresh app and returns what to do once they are parsed. The app lives until that has
  /// returned. Errors of the verb itself: octocal::Error.
  std::function<void()> (*define)(App& app);
  const char* program = nullptr;  ///< that has the verb, if it is not this one: it takes over (run_instead)
};

/// Registers a verb while the program starts. Make it a const object in an anonymous namespace.
class Verb {
 public:
  explicit Verb(const VerbDefinition& definition);
};

/// All verbs that were built in, in the order of the way of the data (info, inspect, train, ... report).
std::vector<VerbDefinition> verbs();

}  // namespace octocal::cli
