# SPDX-License-Identifier: Apache-2.0
"""Small tables in place of Geant4's data set G4EMLOW, made from textbook formulas, so that its standard electromagnetic
physics runs where no data set is installed. For tests: a shower comes out right within some per cent; no sample should
be made with them.

    em_tables.py FOLDER    writes them and prints the environment that names them

- Bremsstrahlung below 1 GeV (Seltzer-Berger's tables): Tsai, Rev. Mod. Phys. 46 (1974) 815, the smaller logarithm of
  those with and without screening.
- Photoelectric effect: Born approximation for the K shell and its limit at high energies (Heitler), one shell of 1 keV.
- Rayleigh scattering: none.
"""
import math
import sys
from pathlib import Path

ELECTRON_MEV = 0.51099895
ALPHA = 1 / 137.035999
RADIUS_CM = 2.8179403e-13
BARN_CM2 = 1e-24
K_EDGE_MEV = {1: 1.36e-5, 14: 1.839e-3, 74: 6.9525e-2}  # of the elements that there are tables for: H, Si, W
LOWEST_MEV, SHELL_MEV, HIGHEST_TABLE_MEV = 1e-3, 1e-3, 2.0


def coulomb_correction(z: int) -> float:
    a2 = (ALPHA * z) ** 2
    return a2 * (1 / (1 + a2) + 0.20206 - 0.0369 * a2 + 0.0083 * a2**2 - 0.002 * a2**3)


def bremsstrahlung(z: int, energy_mev: float, fraction: float) -> float:
    """(beta^2/Z^2) k dsigma/dk in mb for an electron of kinetic energy E that emits k = fraction E."""
    total = energy_mev + ELECTRON_MEV
    beta2 = 1 - (ELECTRON_MEV / total) ** 2
    y = fraction * energy_mev / total
    radiation, inelastic = ((5.31, 6.144) if z == 1 else
                            (math.log(184.15 * z ** (-1 / 3)), math.log(1194 * z ** (-2 / 3))))
    bare = math.log(2 * total * (1 - y) / (ELECTRON_MEV * max(y, 1e-9))) - 0.5  # without screening
    nucleus = max(min(radiation, bare) - coulomb_correction(z), 0.05)
    electrons = max(min(inelastic, bare), 0.05)
    shape = 4 / 3 * (1 - y) + y * y
    units_mb = 4 * ALPHA * RADIUS_CM**2 / BARN_CM2 * 1000
    return units_mb * beta2 * (shape * (nucleus + electrons / z) + (1 - y) * (1 + 1 / z) / 9)


def photoelectric(z: int, energy_mev: float) -> float:
    """Cross section of an atom in barn."""
    thomson = 8 / 3 * math.pi * RADIUS_CM**2 / BARN_CM2
    ratio = energy_mev / ELECTRON_MEV
    born = thomson * ALPHA**4 * z**5 * (math.sqrt(32) * ratio**-3.5 + 1.5 / ratio)
    return born * (1.25 if energy_mev >= K_EDGE_MEV[z] else 0.25)


def logarithmic(low: float, high: float, points: int) -> list[float]:
    return [low * (high / low) ** (i / (points - 1)) for i in range(points)]


def vector(energies: list[float], values: list[float]) -> str:
    """As G4PhysicsVector reads it."""
    lines = [f"{energies[0]:.8g} {energies[-1]:.8g} {len(energies)}", f"{len(energies)}"]
    return "\n".join(lines + [f"{e:.8g} {v:.8g}" for e, v in zip(energies, values)]) + "\n"


def write_element(folder: Path, z: int) -> None:
    fractions = [i / 31 for i in range(32)]
    energies = logarithmic(LOWEST_MEV, 1e4, 57)
    rows = [" ".join(f"{bremsstrahlung(z, e, x):.6g}" for x in fractions) for e in energies]
    axes = [" ".join(f"{x:.8g}" for x in fractions), " ".join(f"{math.log(e):.8g}" for e in energies)]
    (folder / "brem_SB" / f"br{z}").write_text("\n".join([f"0 {len(fractions)} {len(energies)}", *axes, *rows]) + "\n")

    photo = folder / "epics2017" / "phot"
    edge = K_EDGE_MEV[z]
    table = logarithmic(SHELL_MEV, HIGHEST_TABLE_MEV, 200)
    if edge > SHELL_MEV:
        table = sorted(table + [edge * (1 - 1e-6), edge])
    (photo / f"pe-cs-{z}.dat").write_text(vector(table, [e**3 * photoelectric(z, e) for e in table]))
    # Above the table sigma = p / E, here and in the file for what Geant4 calls low energies, which is never reached.
    p = HIGHEST_TABLE_MEV * photoelectric(z, HIGHEST_TABLE_MEV)
    for name, start in (("high", HIGHEST_TABLE_MEV), ("low", HIGHEST_TABLE_MEV)):
        (photo / f"pe-{name}-{z}.dat").write_text(f"1 1 {start}\n{SHELL_MEV} {p:.8g} 0 0 0 0 0\n")
    (folder / "epics2017" / "rayl" / f"re-cs-{z}.dat").write_text(vector([1e-3, 1.0, 1e5], [0.0, 0.0, 0.0]))


def write_tables(folder: Path) -> dict[str, str]:
    """Writes them and returns the environment that Geant4 wants."""
    for name in ("brem_SB", "epics2017/phot", "epics2017/rayl"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for z in K_EDGE_MEV:
        write_element(folder, z)
    (folder / "ENSDFSTATE.dat").write_text("")  # no excited nuclei
    variables = ("G4LEDATA", "G4ENSDFSTATEDATA", "G4LEVELGAMMADATA", "G4PARTICLEXSDATA", "GEANT4_DATA_DIR")
    return {name: str(folder) for name in variables}


if __name__ == "__main__":
    for name, value in write_tables(Path(sys.argv[1])).items():
        print(f"export {name}={value}")
