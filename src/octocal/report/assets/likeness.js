// SPDX-License-Identifier: Apache-2.0
// How alike whole showers are: classifiers, nearest neighbours, and the layers' correlations as numbers.
'use strict';

(function (report) {
  const { element, number_cell, table, with_error, plain } = report;

  /** AUC of the classifiers; null if no sample has one. */
  report.classifier_table = function (validation) {
    const rows = [];
    for (const [key, label] of [['profiles', 'profiles and moments'], ['cells_summary', '49 numbers of cells'], ['cells', 'cells']])
      for (const sample of validation.samples) {
        const one = sample.classifier?.[key];
        if (!one) continue;
        rows.push([label, element('td', {}, sample.name + (report.is_reference(sample) ? ', half against half' : '')), number_cell(with_error(one.auc), one.auc?.value),
                   number_cell(report.count(one.showers), one.showers), number_cell(String(one.folds), one.folds), element('td', { class: 'text' }, one.description + (one.converged === false ? '. It did not converge: its AUC says nothing.' : ''))]);
      }
    return rows.length ? table('classifier_table', 'Classifiers trained to tell a sample from the reference, tested on showers that they were not trained on. ' +
      'AUC: 0.5 says that the sample cannot be told apart, 1 that every shower is recognised.', ['looks at', 'sample', 'AUC', 'showers of either', 'folds', 'classifier'], rows) : null;
  };

  /** Distances to the nearest neighbours; null if no sample has them. */
  report.neighbour_table = function (validation) {
    const known = validation.samples.filter(sample => sample.neighbours);
    if (!known.length) return null;
    const first = known[0].neighbours, trained = known.some(sample => sample.neighbours.in_training);
    const median = distances => number_cell(with_error(distances.median), distances.median?.value);
    const rows = known.map(sample => {
      const one = sample.neighbours, reference = report.is_reference(sample);
      const row = [sample.name, median(one.to_set), number_cell(plain(one.to_set.quantile_01, 3), one.to_set.quantile_01), number_cell(plain(one.to_set.smallest, 3), one.to_set.smallest),
                   median(one.within), number_cell(reference ? '\u2013' : String(one.copies), reference ? null : one.copies)];
      if (trained) row.push(one.in_training ? number_cell(`${with_error(one.in_training, 100)} % (${plain(100 * one.in_training.expected, 3)} %)`, one.in_training.value) : number_cell('\u2013', null));
      return row;
    });
    const head = ['sample', `to the nearest ${first.set} shower: median`, '1 % are nearer than', 'nearest of all', 'to the nearest shower of the same sample: median', 'copies'];
    if (trained) head.push('nearest is a training shower (without copying)');
    return element('div', {},
      table('neighbour_table', `Distances to the nearest of ${report.count(first.set_showers)} ${first.set} showers, in ${first.orientations} orientations; ` +
        'distance\u00b2 = sum over cells of (\u221a(E/Ep) \u2212 \u221a(E\u2032/Ep\u2032))\u00b2. The first row: ' +
        (first.set === 'training' ? 'Geant4 showers that were not trained on.' : 'Geant4 showers and the nearest other one.'), head, rows),
      element('ul', { id: 'neighbour_sentences' }, known.filter(sample => !report.is_reference(sample)).map(sample => element('li', {}, `${sample.name}: ${sample.neighbours.sentence}.`))));
  };

  /** Root mean square and largest difference of the layers' correlations. */
  report.correlation_table = function (validation) {
    const rows = report.judged(validation).filter(sample => sample.layer_correlation_largest).map(sample => {
      const rms = sample.layer_correlation_difference, largest = sample.layer_correlation_largest;
      return [sample.name, number_cell(with_error(rms), rms?.value), number_cell(plain(rms?.floor, 2), rms?.floor),
              number_cell(with_error(largest, 1, true), largest.value), largest.layers.join(' and '), number_cell(plain(largest.floor, 2), largest.floor)];
    });
    return rows.length ? table('correlation_table', 'Differences of the correlation coefficients from the reference\u2019s, over all pairs of layers. Floor: between two halves of the reference.',
      ['sample', 'root mean square', 'floor', 'largest', 'of layers', 'floor of the largest'], rows) : null;
  };
})(octocalReport);
