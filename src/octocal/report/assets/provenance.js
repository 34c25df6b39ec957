// SPDX-License-Identifier: Apache-2.0
// What ran per layer, and where everything comes from.
'use strict';

(function (report) {
  const { element, number_cell, table } = report;

  /** Asked, ran, kernel and reason of every layer; a layer that did not run as asked stands out. */
  report.layers_table = function (sample, place) {
    const total = sample.layers.reduce((sum, layer) => sum + layer.macs, 0);
    const timed = sample.layers.some(layer => typeof layer.seconds === 'number');
    const rows = sample.layers.map(layer => {
      const row = [layer.layer, layer.ops.replaceAll('+', ' + '), layer.asked, element('td', { class: layer.asked === layer.ran ? null : 'differs' }, layer.ran),
                   layer.kernel, layer.reason || '\u2013', number_cell(report.count(layer.macs), layer.macs),
                   number_cell(report.percent(total > 0 ? layer.macs / total : null, null, false), null)];
      if (timed) row.push(number_cell(report.plain(layer.seconds === undefined || layer.seconds === null ? null : 1e3 * layer.seconds, 3), layer.seconds));
      return row;
    });
    const shares = {};
    for (const layer of sample.layers) shares[layer.ran] = (shares[layer.ran] ?? 0) + layer.macs;
    const summary = Object.entries(shares).sort((a, b) => b[1] - a[1])
      .map(([precision, macs]) => `${precision} ${report.percent(total > 0 ? macs / total : null, null, false)}`).join(', ');
    const differing = sample.layers.filter(layer => layer.asked !== layer.ran).length;
    const head = ['layer', 'ops', 'asked', 'ran', 'kernel', 'why', 'MAC a shower', 'share'];
    if (timed) head.push('time [ms]');
    return element('details', { class: 'layers', 'data-sample': sample.name, open: differing ? '' : null },
      element('summary', {}, `${sample.name}: ${sample.layers.length} steps, ${report.count(total)} multiply-accumulates a shower; ran: ${summary}. ` +
        (differing ? `${differing} step${differing === 1 ? '' : 's'} did not run as asked.` : 'Every step ran as asked.')),
      table(`layers_${place}`, `Steps of ${sample.name}`, head, rows));
  };

  const as_text = value => typeof value === 'string' ? value : Array.isArray(value) && value.every(v => typeof v !== 'object')
    ? value.join(', ') || '\u2013' : JSON.stringify(value);

  function pairs(id, caption, object) {
    const rows = Object.entries(object).filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, element('td', { class: 'text' }, value === null ? '\u2013' : as_text(value))]);
    return table(id, caption, ['', ''], rows);
  }

  report.provenance = function (data) {
    const { validation, bench, files } = data, reference = validation.reference;
    const parts = [
      pairs('provenance_run', 'This run', {
        'octocal': validation.octocal_version, 'processor': validation.machine.processor, 'instruction set': validation.machine.isa,
        'cores': validation.machine.cores, 'result file': `${files.validation.name} (XXH3 ${files.validation.hash})`,
        'benchmark file': files.bench ? `${files.bench.name} (XXH3 ${files.bench.hash})` : null,
        'limits': validation.limits.name ?? null }),
      pairs('provenance_reference', 'Reference', { 'files': reference.files, 'hash (XXH3)': reference.hash, 'showers': reference.showers,
        'primary energies': report.energy_range_text(validation), 'cells': validation.geometry.join(' \u00d7 '),
        'cell threshold [GeV]': validation.cell_threshold_gev, 'hit threshold [GeV]': validation.hit_threshold_gev }),
      pairs('provenance_settings', 'Settings', validation.settings)];
    report.judged(validation).forEach((sample, i) => {
      const long = {}, short = { 'file': sample.file, 'size': report.bytes(sample.file_bytes), 'model hash': sample.model_hash ?? null,
        'precision': sample.precision ?? null, 'seed of the latents': sample.seed ?? null, 'showers': sample.showers };
      for (const [key, value] of Object.entries(sample.metadata ?? {})) (as_text(value).length > 200 ? long : short)[key] = value;
      parts.push(pairs(`provenance_sample_${i}`, sample.name, short));
      if (Object.keys(long).length)
        parts.push(element('details', {}, element('summary', {}, `${sample.name}: ${Object.keys(long).join(', ')}`), pairs(null, sample.name, long)));
    });
    const links = ['validation.json', ...(bench ? ['bench.json'] : [])];
    parts.push(element('p', {}, 'The numbers of this page, for programs: ',
      links.flatMap((name, i) => [i ? ', ' : null, element('a', { href: name }, name)]), '.'));
    return parts;
  };
})(octocalReport);
