# cmake --install and find_package(octocal).
