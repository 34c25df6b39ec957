// SPDX-License-Identifier: Apache-2.0
// Single cells: their spectrum, how they lie beside each other, and how far histograms and numbers of showers are apart.
'use strict';

(function (report) {
  const { element, number_cell, table, with_error, plain } = report;

  /** Cells a shower in bins of the logarithm of their energy: what report.overlay takes. Null if no sample has it. */
  report.spectrum_data = function (samples, style) {
    if (!samples[0].cell_spectrum) return null;
    const known = samples.map((sample, i) => ({ sample, style: style(i) })).filter(one => one.sample.cell_spectrum);
    return { edges: samples[0].cell_spectrum.edges.map(Math.log10), log: true, x_title: 'log_{10} (energy of the cell / GeV)', y_title: 'cells a shower and bin',
             series: known.map(({ sample, style }) => ({ name: sample.name, style, values: sample.cell_spectrum.mean, errors: sample.cell_spectrum.error })) };
  };

  /** Neighbouring hits over independent ones along an axis, a point for each layer in which pairs begin. */
  report.excess_data = function (samples, style, axis) {
    if (!samples[0].neighbour_excess) return null;
    const known = samples.map((sample, i) => ({ sample, style: style(i) })).filter(one => one.sample.neighbour_excess);
    const layers = one => one.sample.neighbour_excess[axis].layers;
    const all = layers(known[0]).mean.length, count = axis === 'z' && all > 1 ? all - 1 : all;  // nothing lies behind the last layer
    const values = known.flatMap(one => layers(one).mean).filter(value => value > 0);
    if (!values.length) return null;
    const least = Math.min(...values), most = Math.max(...values);
    return { edges: Array.from({ length: count + 1 }, (_, i) => i - 0.5), log: false, from: least - 0.1 * (most - least), x_title: 'z [layer]', y_title: 'hit pairs over independent',
             series: known.map(one => ({ name: one.sample.name, style: one.style, values: layers(one).mean.slice(0, count), errors: layers(one).error.slice(0, count) })) };
  };

  /** The same over all layers, as numbers. */
  report.excess_table = function (validation) {
    const known = validation.samples.filter(sample => sample.neighbour_excess);
    if (!known.length) return null;
    const rows = known.map(sample => [sample.name, ...['x', 'y', 'z'].map(axis => number_cell(with_error(sample.neighbour_excess[axis]), sample.neighbour_excess[axis].value))]);
    const floor = known[0].neighbour_excess;
    rows.push(['floor', ...['x', 'y', 'z'].map(axis => number_cell(plain(floor[axis].floor, 2), floor[axis].floor))]);
    return table('excess_table', 'How many times more often two neighbouring cells are hit together than if their hits were independent of each other. Floor: between two halves of the reference.',
      ['sample', 'along x', 'along y', 'along z'], rows);
  };

  /** Separation power of histograms; null if no sample has it. */
  report.separation_table = function (validation) {
    const known = report.judged(validation).filter(sample => sample.separation);
    if (!known.length) return null;
    const rows = Object.entries(known[0].separation).map(([key, first]) => [first.label, ...known.map(sample => {
      const one = sample.separation[key], cell = number_cell(with_error(one), one?.value), worst = one?.worst_layer;
      if (worst) cell.append(element('span', { class: 'where' }, `worst: ${with_error(worst)}, layer ${worst.layer}`));
      return cell;
    }), number_cell(plain(first.floor, 2), first.floor)]);
    return table('separation_table', 'Separation power of histograms as in CaloChallenge, \u00bd \u03a3 (p \u2212 q)\u00b2/(p + q): 0 for the same, 1 for nothing in common; of layers the mean over all. ' +
      'Floor: between two halves of the reference, which have half the showers each.', ['histogram of', ...known.map(sample => sample.name), 'floor'], rows);
  };

  /** FPD and KPD; null if no sample has them. */
  report.distance_table = function (validation) {
    const rows = [];
    for (const [key, label] of [['profiles', 'profiles and moments'], ['cells_summary', '49 numbers of cells']])
      for (const sample of validation.samples) {
        const one = sample.feature_distances?.[key];
        if (!one) continue;
        const cell = number => number_cell(with_error(number, 1000), number?.value);
        rows.push([label, element('td', {}, sample.name + (report.is_reference(sample) ? ', half against half' : '')), cell(one.fpd), cell(one.kpd), number_cell(report.count(one.showers), one.showers)]);
      }
    return rows.length ? table('distance_table', 'Distances between the samples as clouds of numbers, extrapolated to infinitely many showers: Fr\u00e9chet (FPD) and kernel (KPD) physics distance, in thousandths. ' +
      '0: not apart; by chance also below.', ['looks at', 'sample', 'FPD \u00b7 10\u00b3', 'KPD \u00b7 10\u00b3', 'showers of either'], rows) : null;
  };
})(octocalReport);
