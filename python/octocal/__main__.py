# SPDX-License-Identifier: Apache-2.0
"""Runs the program octocal that lies in the package: the command octocal of an installed wheel, python -m octocal."""
import os
import sys
from pathlib import Path


def main() -> None:
    program = Path(__file__).parent / "bin" / "octocal"
    try:
        os.execv(program, [str(program), *sys.argv[1:]])
    except OSError as error:
        sys.exit(f"octocal: {program}: cannot be run ({error.strerror}); install the package with pip, or take the "
                 "program of the build folder")


if __name__ == "__main__":
    main()
