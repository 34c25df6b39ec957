#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""scripts/api_docs_filter.py: which declarations get which comments."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "scripts"))
from api_docs_filter import filtered  # noqa: E402


class ApiDocsFilter(unittest.TestCase):
    def expect(self, header: str, changed: dict[int, str]):
        """Lines (from 0) that change, and into what; all others stay."""
        lines = header.split("\n")
        shown = filtered(lines)
        self.assertEqual(len(shown), len(lines))
        self.assertEqual({i: b.strip() for i, (a, b) in enumerate(zip(lines, shown)) if a != b}, changed)

    def test_a_comment_holds_for_the_declarations_under_it(self):
        self.expect("/// Sizes.\nint a() const;\nint b() const { return b_; }\n\nint c() const;",
                    {2: "/** Sizes. */ int b() const { return b_; }"})
        self.expect("/// Sizes.\nint a() const;\n/// Other.\nint b() const;\nint c() const;  ///< own", {})

    def test_a_type_keeps_its_comment_to_itself(self):
        self.expect("/// A type.\nstruct S {\n  int a = 0;\n};\nint f();", {})
        self.expect("/// All.\nclass C {\n public:\n  int a();\n", {})

    def test_declarations_of_several_lines(self):
        self.expect("/// Both.\nvoid f(int a,\n       int b);\nvoid g(int a,\n       int b);\nint h();",
                    {3: "/** Both. */ void g(int a,", 5: "/** Both. */ int h();"})
        self.expect("/// Both.\ntemplate <typename T>\nT f() {\n  return {};\n}\nint g();", {5: "/** Both. */ int g();"})

    def test_each_of_several_names_has_the_comment(self):
        self.expect("int a = f(1, 2), b{3}, c;  ///< cells",
                    {0: "/** cells */ int a = f(1, 2); /** cells */ int b{3}; /** cells */ int c;"})
        self.expect("/// Cells.\nstd::map<int, int> a, b;",
                    {1: "std::map<int, int> a; /** Cells. */ std::map<int, int> b;"})
        self.expect("std::vector<int> f(std::vector<int> a, int b);", {})

    def test_rows_of_the_table_are_comments_of_members(self):
        self.expect("/// One.\n///\n/// | member | unit | notes |\n/// |---|---|---|\n/// | a, b | GeV | small |\n"
                    "struct S {\n  double a, b;\n  double c;\n  double b_of() const;\n};",
                    {6: "/** GeV; notes: small */ double a; /** GeV; notes: small */ double b;"})
        self.expect("/// | key | member |\n/// |---|---|\n/// | octocal.a | a |\nstruct S {\n  int a = 1;\n};\nint a = 2;",
                    {4: "/** octocal.a */ int a = 1;"})

    def test_what_speaks_for_itself_is_left_out(self):
        self.expect("  S();\n  ~S();\n  S(S&&) noexcept;\n  S& operator=(const S&) = delete;\n"
                    "  bool operator==(const S&) const = default;\n  explicit S(int a);",
                    {0: "", 1: "", 2: "", 3: "", 4: ""})
        self.expect("/// Opens it.\nS();", {})

    def test_comments_cannot_end_a_comment(self):
        self.expect("/// a */ b\nint a;\nint b;", {2: "/** a * / b */ int b;"})


if __name__ == "__main__":
    unittest.main()
