// SPDX-License-Identifier: Apache-2.0
#pragma once
// toml++, but for one thing: of a table's name that begins with a wrong character ("[~a]") it asserts that it does not,
// before it says what is wrong. Without NDEBUG that ends the program, with it Clang may take it for true. All files that
// read TOML include this one, so that all have the same parser.
#if __has_include(<toml++/impl/preprocessor.h>)
#include <toml++/impl/preprocessor.h>
#ifdef TOML_ASSERT_ASSUME
#undef TOML_ASSERT_ASSUME
#define TOML_ASSERT_ASSUME(expr) static_assert(true)
#endif
#endif
#include <toml++/toml.h>
