// SPDX-License-Identifier: Apache-2.0
// The verdicts and the tables: every number beside its error and its floor.
'use strict';

(function (report) {
  const { element, number_cell, table, with_error, plain } = report;

  const value_cell = (number, scale, signed) => number_cell(with_error(number, scale, signed), number?.value);
  const floor_cell = (number, scale = 1) => number_cell(plain(number?.floor === undefined || number?.floor === null ? null : number.floor * scale, 2), number?.floor);

  /** A difference with its error in percent: "+0.05 ± 0.04 %". */
  function difference_cell(number) {
    if (!number || number.value === null) return number_cell('\u2013', null);
    return number_cell(with_error(number, 100, true) + ' %', number.value);
  }

  report.judged = validation => validation.samples.filter(sample => !report.is_reference(sample));

  // Ratios, coefficients and areas are compared as they are; all other comparisons are fractions and shown in percent.
  const is_plain = one => one.absolute;

  /** "+0.05 ± 0.04 %" of a comparison or verdict. */
  function comparison_text(one) {
    const number = { value: one.value, error: one.error };
    return is_plain(one) ? with_error(number) : with_error(number, 100, true) + (one.value === null ? '' : ' %');
  }

  function limit_text(one) {
    if (one.limit === null || one.limit === undefined) return '\u2013';
    return is_plain(one) ? `\u2264 ${plain(one.limit, 3)}` : `\u00b1${Number((100 * one.limit).toPrecision(3))} %`;
  }

  const floor_text = one => is_plain(one) ? plain(one.floor, 2) : report.percent_figures(one.floor);

  /** 'pass', 'fail', or 'open' for what has no error and is not judged. */
  const state_of = verdict => !verdict.judged ? 'open' : verdict.pass ? 'pass' : 'fail';
  const mark_of = { pass: '\u2713', fail: '\u2717', open: '?' };

  /** One box a sample: how many limits are kept and, in words, what fails, what is not judged and what passes. */
  report.verdict_box = function (sample) {
    const [failed, open, passed] = ['fail', 'open', 'pass'].map(state => sample.verdicts.filter(verdict => state_of(verdict) === state));
    const all = sample.verdicts.length, state = failed.length ? 'fail' : open.length || all === 0 ? 'open' : 'pass';
    const headline = all === 0 ? 'no limit applies to this sample'
      : `${passed.length} of ${all} limits kept${open.length ? `, ${open.length} not judged` : ''}`;
    const sentences = (verdicts, mark) => element('ul', {}, verdicts.map(verdict =>
      element('li', { class: state_of(verdict) }, element('span', { class: 'mark' }, mark), ' ', verdict.sentence)));
    return element('section', { class: `verdict ${state}`, 'data-sample': sample.name, 'data-passed': passed.length, 'data-limits': all },
      element('h3', {}, element('span', { class: 'mark' }, { pass: '\u2713 pass', fail: '\u2717 FAIL', open: '?' }[state]), ` \u2003${sample.name}: ${headline}`),
      failed.length ? sentences(failed, '\u2717') : null,
      open.length ? sentences(open, '?') : null,
      passed.length ? element('details', {}, element('summary', {}, `${passed.length} kept, in words`), sentences(passed, '\u2713')) : null);
  };

  function where_below(cell, where) {
    if (where) cell.append(element('span', { class: 'where' }, where));
    return cell;
  }

  /** Every limit, and beside it the value, error and floor of every sample. */
  report.verdict_table = function (validation) {
    const judged = report.judged(validation).filter(sample => sample.verdicts.length), quantities = new Map();
    for (const sample of judged)
      for (const verdict of sample.verdicts) if (!quantities.has(verdict.quantity)) quantities.set(verdict.quantity, verdict);
    const rows = [...quantities.values()].map(first => [first.label, number_cell(limit_text(first), first.limit), ...judged.flatMap(sample => {
      const verdict = sample.verdicts.find(one => one.quantity === first.quantity);
      if (!verdict) return [element('td', { colspan: 3 }, '\u2013')];
      return [element('td', { class: `mark ${state_of(verdict)}`, title: verdict.judged ? '' : 'not judged' }, mark_of[state_of(verdict)]),
              where_below(number_cell(comparison_text(verdict), verdict.value), verdict.where), number_cell(floor_text(verdict), verdict.floor)];
    })]);
    const sigmas = validation.limits.sigmas;
    return table('verdict_table', 'Differences from the reference with statistical errors of one standard deviation. Floor: the same difference ' +
      'between two halves of the reference. Where a quantity has several bins or cells, the worst one is given. ' +
      'What has no error, from too few showers, is not judged (?). ' +
      (sigmas > 0 ? `A limit counts as missed when the difference is beyond it by more than ${sigmas} standard deviation${sigmas === 1 ? '' : 's'}, ` +
        'or by what chance gives the worst of several bins or cells as often (2.1 for ten bins).' : ''),
    ['', 'limit', ...judged.flatMap(sample => ['', sample.name, 'floor'])], rows);
  };

  /** Table 3 of the paper: mean and width of the cell index, weighted by the profile. */
  report.table3 = function (validation) {
    const quantities = [['y_mean', 'y mean'], ['y_width', 'y width'], ['z_mean', 'z mean'], ['z_width', 'z width']];
    const rows = [];
    for (const [key, label] of quantities)
      for (const sample of validation.samples) {
        const number = sample.table3[key];
        rows.push([label, element('td', {}, sample.name), value_cell(number), floor_cell(number), difference_cell(number?.relative_difference),
                   number_cell(report.percent_figures(number?.relative_difference?.floor), number?.relative_difference?.floor)]);
      }
    return table('table3', 'Table 3: mean and width of the shower shapes [cells]',
      ['', 'sample', 'value \u00b1 error', 'floor', 'difference from the reference', 'floor of the difference'], rows);
  };

  /** Table 4: mean squared difference of the projections. */
  report.table4 = function (validation) {
    const rows = [];
    for (const sample of report.judged(validation)) {
      const table4 = sample.table4;
      if (!table4) continue;
      const add = (planes, numbers) => rows.push([sample.name, planes, value_cell(numbers.mse_gev2), floor_cell(numbers.mse_gev2),
        value_cell(numbers.relative_mse), floor_cell(numbers.relative_mse),
        number_cell(numbers.mse_gev2?.floor > 0 ? plain(numbers.mse_gev2.value / numbers.mse_gev2.floor, 3) : '\u2013', null)]);
      add('xy + xz + yz', table4);
      for (const [plane, numbers] of Object.entries(table4.planes ?? {})) add(plane, numbers);
    }
    return table('table4', 'Table 4: mean squared difference of the mean projections from the reference',
      ['sample', 'planes', 'MSE [GeV\u00b2]', 'floor [GeV\u00b2]', 'relative to the mean squared reference', 'floor', 'MSE / floor'], rows);
  };

  /** Table 5: what quantization changes in the very same showers. */
  report.table5 = function (validation) {
    const rows = report.judged(validation).filter(sample => sample.table5).map(sample => {
      const table5 = sample.table5;
      return [sample.name, table5.against, number_cell(report.count(table5.showers), table5.showers), value_cell(table5.mean_gev), value_cell(table5.std_gev),
              number_cell(with_error(table5.relative_to_ecal, 100) + ' %', table5.relative_to_ecal?.value),
              number_cell(plain(table5.largest_cell_gev, 3), table5.largest_cell_gev),
              number_cell(report.percent_figures(table5.differing_cells), table5.differing_cells)];
    });
    return table('table5', 'Table 5: sum over cells of |difference|, shower by shower, from the same latents',
      ['sample', 'against', 'showers', 'mean [GeV]', 'std. dev. [GeV]', 'of ECAL', 'largest cell [GeV]', 'cells that differ'],
      rows.length ? rows : [[element('td', { colspan: 8 }, 'No two samples of this run share their latents.')]]);
  };

  /** What tables 3 and 4 change by from the sample that table 5 is counted from; nothing where there is none. */
  report.change_table = function (validation) {
    const changed = report.judged(validation).filter(sample => sample.change);
    if (!changed.length) return null;
    const quantities = [...['y_mean', 'y_width', 'z_mean', 'z_width'].map(key => [key.replace('_', ' '), change => change.table3?.[key], 1]),
                        ...['xy', 'xz', 'yz'].map(key => [`MSE ${key} [10\u207b\u2076 GeV\u00b2]`, change => change.table4?.[key], 1e6]),
                        ['MSE sum [10\u207b\u2076 GeV\u00b2]', change => change.table4?.mse_gev2, 1e6]];
    const rows = quantities.map(([label, of, scale]) => [label, ...changed.flatMap(sample => {
      const number = of(sample.change);
      return [value_cell(number, scale, true), number_cell(plain(number?.in_errors ?? null, 2), number?.in_errors)];
    })]);
    rows.push(['MSE of the two [10\u207b\u2076 GeV\u00b2]',
               ...changed.flatMap(sample => [value_cell(sample.change.mse_apart?.mse_gev2, 1e6), number_cell('', null)])]);
    const base = changed[0].change.against;
    return table('change', `Change of tables 3 and 4 from ${base}, made from the same latents; beside it the same in units of the statistical ` +
      `error of ${base}\u2019s own number: within \u00b11 as many showers cannot tell the two apart. MSE of the two: of their mean projections`,
    ['', ...changed.flatMap(sample => [sample.name, 'in errors'])], rows);
  };

  /** Response over the whole energy range. */
  report.response_table = function (validation) {
    const bins = sample => sample.response ?? {};
    const rows = validation.samples.map(sample => [sample.name, ...['mean', 'core_resolution', 'std', 'tail_share'].flatMap(key => {
      const number = bins(sample)[key];
      return [number_cell(number ? with_error(number, 100) + ' %' : '\u2013', number?.value),
              number_cell(report.percent_figures(number?.floor), number?.floor)];
    })]);
    return table('response_table', `Response ECAL / Ep over ${range_text(validation)}: core resolution is half the 16\u201384 % range over the median; ` +
      `the tail is the share of showers below ${validation.tail_fraction ?? 0.85} of the median`,
    ['sample', 'mean', 'floor', 'core resolution', 'floor', 'std. dev. / mean', 'floor', 'tail', 'floor'], rows);
  };

  const range_text = validation => `${plain(validation.energy_range_gev[0], 4)} to ${plain(validation.energy_range_gev[1], 4)} GeV`;
  report.energy_range_text = range_text;

  /** Observables: mean, standard deviation and spread at fixed energy. */
  report.observables_table = function (validation) {
    const rows = [];
    for (const [key, first] of Object.entries(validation.samples[0].observables))
      for (const sample of validation.samples) {
        const one = sample.observables[key];
        if (!one) continue;
        rows.push([`${first.label}${first.unit && first.unit !== '1' ? ` [${first.unit}]` : ''}`, element('td', {}, sample.name),
                   value_cell(one.mean), floor_cell(one.mean), value_cell(one.std), floor_cell(one.std), value_cell(one.spread), floor_cell(one.spread)]);
      }
    return table('observables_table', 'Observables of single showers: over the whole sample, and the spread at fixed energy',
      ['observable', 'sample', 'mean', 'floor', 'std. dev.', 'floor', 'spread at fixed Ep', 'floor'], rows);
  };

  /** Everything that was compared, with or without a limit. */
  report.comparisons_table = function (validation) {
    const rows = [];
    for (const sample of report.judged(validation))
      for (const one of sample.comparisons) {
        rows.push([sample.name, one.label, number_cell(comparison_text(one), one.value), number_cell(floor_text(one), one.floor), one.where ?? '']);
      }
    return table('comparisons_table', 'All comparisons with the reference, whether or not a limit applies',
      ['sample', 'quantity', 'value \u00b1 error', 'floor', 'where (worst)'], rows);
  };

  const measured = value => value === null || value === undefined ? {} : typeof value === 'number' ? { median: value } : value;

  /** The benchmark's model that is this sample: the same file, else the same name. */
  const benched = (bench, sample) => bench?.models.find(model => model.file === sample.file) ?? bench?.models.find(model => model.name === sample.name);

  /** Speed, size and memory: from octocal bench where it was run, else from the validation's own generation. */
  report.speed_table = function (validation, bench) {
    const rows = [];
    for (const sample of report.judged(validation)) {
      const timed = measured(benched(bench, sample)?.showers_per_second);
      const spread = timed.low !== undefined && timed.high !== undefined ? ` (${plain(timed.low, 3)} to ${plain(timed.high, 3)})` : '';
      rows.push([sample.name, number_cell(timed.median === undefined ? '\u2013' : plain(timed.median, 4) + spread, timed.median),
                 number_cell(plain(sample.timing?.showers_per_second, 4), sample.timing?.showers_per_second),
                 number_cell(sample.timing ? `${sample.timing.streams ?? '\u2013'} \u00d7 ${sample.timing.batch ?? '\u2013'}` : '\u2013', null),
                 number_cell(report.bytes(sample.kind === 'model' ? sample.file_bytes : null), sample.file_bytes),
                 number_cell(report.bytes(sample.peak_memory_bytes), sample.peak_memory_bytes)]);
    }
    const speedup = { ...bench?.speedup, ...measured(bench?.speedup_int8_over_float32) };
    const range = speedup.low !== undefined && speedup.high !== undefined ? ` (quartiles ${plain(speedup.low, 3)} to ${plain(speedup.high, 3)})` : '';
    return element('div', {},
      table('speed_table', 'Speed, size and memory',
        ['sample', 'showers/s, bench: median (quartiles)', 'showers/s in this validation', 'streams \u00d7 batch', 'model file', 'peak memory'], rows),
      speedup.median === undefined
        ? element('p', {}, bench ? 'octocal bench gave no ratio of int8 to float32.'
          : 'No result of octocal bench was given (--bench), so the speed is that of the validation run, which is not a benchmark.')
        : element('p', { id: 'speedup', 'data-value': String(speedup.median) }, `int8 is ${plain(speedup.median, 3)} times as fast as float32${range}` +
          `${bench.machine?.processor ? `, on ${bench.machine.processor}` : ''}${bench.threads ? `, ${bench.threads} thread${bench.threads === 1 ? '' : 's'}` : ''}.`));
  };

  /** Of octocal bench, where it measured them: speed-up, memory, first shower and share of the peak by model; showers/s by streams; time by kind of operation. */
  report.bench_tables = function (bench) {
    const models = (bench?.models ?? []).filter(model => model.operations?.length);
    if (!models.length) return [];
    const named = model => [model.file ?? '\u2013', model.name];
    const number = (value, figures = 3) => number_cell(plain(value, figures), value);
    const rows = models.map(model => [...named(model), number(measured(model.over_float32).median), number(model.share_of_peak),
      number(model.first_shower ? 1e3 * model.first_shower.processor_seconds.median : null),
      number_cell(report.bytes(model.weight_bytes), model.weight_bytes), number_cell(report.bytes(model.stream_bytes), model.stream_bytes)]);
    const counts = models[0].streams ?? [];
    const kinds = [...new Set(models.flatMap(model => model.operations.map(one => one.kind)))];
    const time = (model, kind) => model.operations.find(one => one.kind === kind);
    return [
      table('bench_table', 'Benchmark, one core', ['model', 'precision', 'over float32', 'share of the measured peak', 'first shower [ms]', 'packed weights', 'memory of a stream'], rows),
      counts.length ? table('streams_table', 'Showers/s by streams (figure 4)', ['model', 'precision', ...counts.map(one => String(one.streams))],
        models.map(model => [...named(model), ...(model.streams ?? []).map(one => number(one.showers_per_second.median, 4))])) : null,
      table('operations_table', 'Time by kind of operation (table 2), \u00b5s a shower', ['model', 'precision', ...kinds],
        models.map(model => [...named(model), ...kinds.map(kind => number(time(model, kind)?.microseconds, 3))]))];
  };
})(octocalReport);
