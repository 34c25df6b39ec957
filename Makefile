# SPDX-License-Identifier: Apache-2.0
# The two commands of the README are `make demo` and `make test`; `make` alone builds build/octocal with the trainer.
BUILD := build/release
JOBS  := $(shell nproc)
# More for cmake, e.g. make test CMAKE_FLAGS=-DOCTOCAL_WERROR=ON
CMAKE_FLAGS :=

.PHONY: all program demo test check docs install clean

all: program

program:
	scripts/install_dependencies.sh build
	cmake --preset program $(CMAKE_FLAGS)
	cmake --build $(BUILD) -j $(JOBS)
	@ln -sfn release/octocal build/octocal

# The demo trains nothing: neither libtorch nor what needs it is installed or built for it, unless it is there already.
$(BUILD)/build.ninja:
	scripts/install_dependencies.sh demo
	cmake --preset demo $(CMAKE_FLAGS)

demo: $(BUILD)/build.ninja
	cmake --build $(BUILD) -j $(JOBS) --target octocal
	@ln -sfn release/octocal build/octocal
	scripts/demo.sh

test:
	scripts/install_dependencies.sh test
	scripts/make_test_venv.sh
	cmake --preset release $(CMAKE_FLAGS)
	cmake --build $(BUILD) -j $(JOBS)
	@ln -sfn release/octocal build/octocal
	ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS)

check:
	scripts/check_format.sh
	scripts/check_includes.py
	scripts/check_names.py
	scripts/check_docs.py
	scripts/check_dependencies.py
	python3 -m unittest discover -s tests/unit/scripts -p "*_test.py"

# API pages from the installed headers: build/release/api/index.html. Needs doxygen.
docs: $(BUILD)/build.ninja
	cmake --build $(BUILD) --target docs

install: program
	cmake --install $(BUILD)

clean:
	rm -rf build
