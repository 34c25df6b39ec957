// SPDX-License-Identifier: Apache-2.0
// A result file of octocal validate made by hand: 6 x 8 x 10 cells, smooth shapes, three samples, one of them with a
// name that tries to break out of the page.
const geometry = [6, 8, 10];
export const hostile_name = 'int8 </script><script>window.broken = 1</script><img src=x onerror="window.broken = 2"> #alpha_{x}';

const number = (value, error, floor) => ({ value, error, floor });
const centred = (n, width) => Array.from({ length: n }, (_, i) => Math.exp(-0.5 * ((i - (n - 1) / 2) / width) ** 2));
const longitudinal = n => Array.from({ length: n }, (_, i) => (i + 0.5) ** 2 * Math.exp(-0.6 * (i + 0.5)));

function profile(shape, scale) {
  const sum = shape.reduce((total, value) => total + value, 0), mean = shape.map(value => scale * 8 * value / sum);
  return { mean, error: mean.map(value => 0.01 * value + 1e-4) };
}

function bins(count, shift) {
  return Array.from({ length: count }, (_, i) => ({
    energy_low: 100 + 400 / count * i, energy_high: 100 + 400 / count * (i + 1), showers: 100,
    mean: number((2.85 - 0.02 * i + shift) / 100, 0.0001, 0.00012), median: number((2.86 - 0.02 * i) / 100, 0.0001, 0.00012), std: number(0.045, 0.002, 0.003),
    core_resolution: number(0.03 + 0.001 * i + 0.05 * shift, 0.001, 0.0012), tail_share: number(0.012, 0.003, 0.004) }));
}

function observable(label, unit, low, high, shift) {
  const edges = Array.from({ length: 21 }, (_, i) => low + (high - low) * i / 20);
  const counts = Array.from({ length: 20 }, (_, i) => Math.round(100 * Math.exp(-0.5 * ((i - 10 - shift) / 3) ** 2)));
  const middle = (low + high) / 2;
  return { label, unit, mean: number(middle + shift, middle / 500, middle / 400), std: number(middle / 8, middle / 900, middle / 800),
           spread: number(middle / 9, middle / 900, middle / 800), histogram: { edges, counts, below: 2, above: 1 } };
}

function display() {
  const cells = [];
  for (let z = 0; z < geometry[2]; ++z)
    for (let y = 2; y < 6; ++y)
      for (let x = 1; x < 5; ++x) cells.push([x, y, z, 1.5 * Math.exp(-Math.abs(x - 2.5) - 2 * Math.abs(y - 3.5) - 0.3 * Math.abs(z - 4))]);
  cells.sort((a, b) => b[3] - a[3]);
  return { energy_gev: 300, shower: 7, cells };
}

const excess = (value, shift) => ({ ...number(value + shift, 0.0007, 0.0012), layers: { mean: Array.from({ length: geometry[2] }, (_, i) => i === 9 ? null : value + shift + 0.3 / (i + 1)),
                                                                                         error: Array.from({ length: geometry[2] }, () => 0.01) } });

function spectrum(shift) {
  const edges = Array.from({ length: 22 }, (_, i) => 1e-6 * 10 ** (i / 3)), mean = edges.slice(1).map((_, i) => 90 * (1 + shift) * Math.exp(-0.5 * ((i - 9) / 3) ** 2));
  return { edges, mean, error: mean.map(value => 0.02 * value + 1e-3), above: 0.25 };
}

const distances = median => ({ showers: 1000, smallest: 0.85 * median, quantile_01: 0.9 * median, median: { value: median, error: 0.0002 } });

function verdict(quantity, label, value, limit) {
  const pass = Math.abs(value) <= limit;
  return { quantity, label, value, error: 0.0004, floor: 0.0007, where: quantity === 'profile_y' ? 'pixel 3' : '', limit, pass,
           sentence: `${label} differs by ${100 * value} %, ${pass ? 'within' : 'beyond'} the limit of ${100 * limit} %.` };
}

/** What has no error, from too few showers, is neither kept nor missed. */
const unjudged = () => ({ quantity: 'tail_share', label: 'tail', value: null, error: null, floor: null, where: '', limit: 0.3, judged: false, pass: false,
                          sentence: 'tail cannot be computed, and is not judged against the limit of 30 %.' });

function sample(name, kind, shift) {
  const reference = kind === 'reference', relative = (value, error) => reference ? null : number(value, error, 0.0007);
  const verdicts = reference ? [] : [verdict('y_mean', 'mean of y', 0.0005, 0.01), verdict('profile_y', 'profile of y', 0.012 + shift, 0.02), unjudged()];
  return {
    name, kind, file: reference ? 'data/showers.h5' : 'models/generator.onnx', file_bytes: 8253112, showers: 1000, model_hash: reference ? null : '00ff',
    precision: reference ? null : 'float32', seed: reference ? null : 7,
    metadata: reference ? {} : { 'octocal.latent': 'sphere', 'octocal.training': `<img src=x onerror="window.broken = 3">${' long'.repeat(60)}` },
    layers: reference ? [] : [
      { layer: 'branch0/conv1', ops: 'Conv+LeakyRelu', asked: 'int8', ran: 'int8', kernel: 'oneDNN jit:avx512_core_vnni', reason: '', macs: 3000000 },
      { layer: 'head', ops: 'Conv+Relu', asked: 'float16', ran: 'float32', kernel: 'oneDNN jit:avx512_core', reason: 'no float16 on this machine', macs: 1000000 }],
    profiles: { x: profile(centred(geometry[0], 1), 1), y: profile(centred(geometry[1], 1.2), 1 + shift), z: profile(longitudinal(geometry[2]), 1 + 2 * shift) },
    table3: { y_mean: { ...number(12.00061 + shift, 0.004, 0.0064), relative_difference: relative(0.00003, 0.00047) },
              y_width: { ...number(1.46894, 0.003, 0.0048), relative_difference: relative(-0.0031, 0.0029) },
              z_mean: { ...number(13.5794, 0.022, 0.035), relative_difference: relative(0.0055, 0.0023) },
              z_width: { ...number(4.8516, 0.009, 0.0144), relative_difference: relative(0.0045, 0.0026) } },
    table4: reference ? null : { mse_gev2: number(1.395e-6, 8.4e-8, 3.3e-5), relative_mse: number(1.2e-5, 1e-6, 4e-5),
                                 planes: { xy: { mse_gev2: number(5e-7, 5e-8, 1e-5), relative_mse: number(4e-6, 1e-6, 1e-5) } } },
    table5: name === hostile_name ? { against: 'float32', showers: 1000, mean_gev: { value: 0.24203, error: 0.0023 }, std_gev: { value: 0.071, error: 0.002 },
                                      relative_to_ecal: { value: 0.03025, error: 0.0002 }, largest_cell_gev: 0.091, differing_cells: 0.312 } : null,
    change: name === hostile_name ? { against: 'float32', table3: { y_mean: { value: 0.0012, error: 0.0003, base_error: 0.004, in_errors: 0.3 } },
                                      table4: { mse_gev2: { value: 2.5e-6, error: 4e-7, base_error: 5e-6, in_errors: 0.5 } },
                                      mse_apart: { mse_gev2: { value: 1.1e-7, error: 2e-8 } } } : null,
    response: bins(1, shift)[0], response_bins: bins(10, shift), resolution_bins: bins(4, shift),
    observables: { hits: observable('cells above 1e-4 GeV', 'cells', 1000, 2200, shift), ecal_over_energy: observable('ECAL/Ep', '1', 0.022, 0.034, shift) },
    cell_spectrum: spectrum(8 * shift), neighbour_excess: { x: excess(1.1022, shift), y: excess(1.1021, shift), z: excess(1.0363, shift) },
    separation: reference ? null : { response: { ...number(0.0167, 0.0059, 0.031), label: 'ECAL/Ep <i>' },
                                     layer_energy: { ...number(0.0243 + shift, 0.0016, 0.039), label: 'energies of layers over Ep', worst_layer: { ...number(0.0397, 0.0078, 0.04), layer: 7 } } },
    feature_distances: { profiles: { fpd: number(0.0158 + shift, 0.0042, 0.0073), kpd: number(-0.0001, 0.0002, 0.0001), showers: 1000, numbers: 87 },
                         cells_summary: { fpd: number(0.0035 + shift, 0.001, -0.0003), kpd: number(0.0003, 0.0001, 0.0001), showers: 1000, numbers: 50 } },
    layer_correlation: Array.from({ length: geometry[2] }, (_, i) => Array.from({ length: geometry[2] }, (_, j) => Math.cos(0.3 * (1 + shift) * (i - j)))),
    layer_correlation_largest: reference ? null : { ...number(-0.21, 0.05, 0.17), layers: [3, 8] },
    classifier: { profiles: { auc: number(reference ? 0.502 : 0.631 + shift, 0.013, 0.5), showers: 1000, folds: 5, description: 'trees <b>on</b> profiles' },
                  cells_summary: { auc: number(reference ? 0.495 : 0.634, 0.012, 0.5), showers: 1000, folds: 5, description: 'trees on numbers' },
                  cells: name === hostile_name ? { auc: number(0.52, 0.02, 0.5), showers: 1000, folds: 4, description: 'network', converged: false, training_loss: 0.6929, held_out_auc: 0.53 } : null },
    neighbours: { set: 'training', set_showers: 5000, orientations: 8, to_set: distances(0.0612), held_out: distances(0.0603), within: distances(0.059 - shift), copies: 0,
                  in_training: reference ? null : { value: 0.834, error: 0.012, expected: 0.8333 }, sentence: `no copy of ${name}` },
    layer_correlation_difference: reference ? null : number(0.03, 0.004, 0.02),
    timing: reference ? null : { showers_per_second: 68.2, seconds: 14.7, streams: 1, batch: 8 }, peak_memory_bytes: reference ? null : 412000000,
    comparisons: verdicts, verdicts, event_display: display() };
}

export function make_validation() {
  return {
    format: 'octocal-validation-1', octocal_version: '0.1.0', settings: { seed: 7, models: ['models/generator.onnx'], overrides: {} },
    machine: { processor: '<b>processor</b>', isa: 'avx512_vnni', cores: 2 }, geometry, energy_range_gev: [100, 500],
    cell_threshold_gev: 1e-6, hit_threshold_gev: 1e-4, tail_fraction: 0.85, reference: { files: ['data/showers.h5'], hash: '0f1e2d', showers: 1000 },
    warnings: [`${hostile_name}: was not made from the float32 model`], limits: { name: 'made', sigmas: 1 }, samples: [sample('Geant4', 'reference', 0), sample('float32', 'model', 0.004), sample(hostile_name, 'model', 0.012)] };
}

export function make_bench() {
  return { models: [{ name: 'float32', showers_per_second: { median: 66.13, low: 65.2, high: 66.9 }, over_float32: { median: 1 }, share_of_peak: 0.981,
                      first_shower: { processor_seconds: { median: 0.0617 } }, weight_bytes: 8535792, stream_bytes: 1780000,
                      streams: [{ streams: 1, showers_per_second: { median: 66.1 } }, { streams: 2, showers_per_second: { median: 130.9 } }],
                      operations: [{ kind: 'convolutions', microseconds: 20206.7 }, { kind: 'copies', microseconds: 105.7 }] },
                    { name: hostile_name, showers_per_second: 228.9 }],
           speedup_int8_over_float32: 3.461, speedup: { low: 3.4, high: 3.5 }, threads: 1 };
}
