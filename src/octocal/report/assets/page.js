// SPDX-License-Identifier: Apache-2.0
// Puts the page together and draws its plots as they come into view of the reader or the printer.
'use strict';

(function (report) {
  const { element } = report;
  const data = JSON.parse(document.getElementById('results').textContent);
  const { validation, bench, tuning } = data, samples = validation.samples;
  const page = document.getElementById('page');
  const figures = [];

  Object.assign(JSROOT.settings, { AutoStat: false, ToolBar: false, ZoomWheel: false, HandleKeys: false, DragAndDrop: false,
                                   DragGraphs: false, SmallPad: null, MoveResize: false, ContextMenu: false, Palette: report.display_palette });
  Object.assign(JSROOT.gStyle, { fOptStat: 0, fOptTitle: 0 });

  /** A figure with a caption and a button; `make()` gives { canvas, outside } when it is drawn. */
  function figure(id, caption, make, kind = 'plot') {
    const place = element('div', { class: kind, id: `${id}_plot`, 'data-state': 'waiting' });
    const note = element('span', { class: 'note' });
    const save = element('button', { type: 'button', class: 'save', 'data-figure': id }, 'Save as SVG');
    const node = element('figure', { id }, place, element('figcaption', {}, caption, note, ' ', save));
    const one = { id, place, make, note, painter: null };
    save.addEventListener('click', () => save_svg(one));
    figures.push(one);
    return node;
  }

  async function draw(one) {
    try {
      const { canvas, outside } = one.make();
      one.painter = await JSROOT.draw(one.place, canvas, '');
      if (outside) one.note.textContent = ` ${outside} point${outside === 1 ? ' lies' : 's lie'} outside the ratio panel (small open triangles at its edges).`;
      one.place.dataset.state = 'drawn';
    } catch (failure) {
      one.place.dataset.state = 'failed';
      one.place.textContent = `This figure could not be drawn: ${failure.message}`;
      console.error(`${one.id}: ${failure.stack}`);
    }
  }

  /** What is on the screen, zoom and view included, as a file. */
  async function save_svg(one) {
    const svg = await one.painter.produceImage(true, 'svg');
    const link = element('a', { download: `${one.id}.svg`, href: URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' })) });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  /** WebGL leaves nothing on paper: before printing, a picture of the view takes its place. */
  function picture_for_paper(one) {
    const canvas = one.place.querySelector('canvas'), frame = one.painter?.getFramePainter();
    if (!canvas || !frame?.render3D) return;
    frame.render3D(0);  // at once, because the drawing buffer is empty after a frame
    const old = one.place.parentNode.querySelector('img.paper');
    if (old) old.remove();
    one.place.after(element('img', { class: 'paper', alt: '', src: canvas.toDataURL('image/png') }));
  }

  function section(id, title, ...content) {
    const node = element('section', { id }, element('h2', {}, title), ...content);
    page.append(node);
    return node;
  }
  const paragraph = text => element('p', {}, text);
  const grid = (...nodes) => element('div', { class: 'grid' }, ...nodes);
  const reference_name = samples[0].name;
  const style = index => report.style_of(samples, index);

  function header() {
    const names = report.judged(validation).map(sample => sample.name).join(', ');
    page.append(element('header', {},
      element('h1', {}, names ? `${names} against ${reference_name}` : reference_name),
      element('p', { class: 'lead' }, `${report.count(samples[0].showers)} ${reference_name} showers, Ep from ${report.energy_range_text(validation)}, ` +
        `${validation.geometry.join(' \u00d7 ')} cells. octocal ${validation.octocal_version}, ${validation.machine.processor} (${validation.machine.isa}).`)));
  }

  function verdicts() {
    const judged = report.judged(validation);
    if (validation.warnings?.length) page.append(element('ul', { id: 'warnings' }, validation.warnings.map(text => element('li', {}, text))));
    section('verdicts', 'Verdict', judged.length ? [element('div', { class: 'boxes' }, judged.map(report.verdict_box)), report.verdict_table(validation)] : paragraph('The file holds the reference alone.'));
  }

  function displays() {
    const scale = report.display_scale(validation), shown = samples.slice(0, 6), left_out = samples.slice(6);
    const caption = sample => {
      const cells = sample.event_display.cells, sum = cells.reduce((total, cell) => total + cell[3], 0);
      return `${sample.name}: Ep = ${report.plain(sample.event_display.energy_gev, 4)} GeV, ${report.count(cells.length)} cells, ` +
        `${report.plain(sum, 4)} GeV, shower ${sample.event_display.shower}.`;
    };
    section('display', 'One shower',
      paragraph(`Cells above ${report.plain(validation.hit_threshold_gev ?? 1e-4, 1)} GeV; the side of a box grows with the fifth root of its energy, relative to the largest cell; the colours mean the same in all displays. ` +
        'Generated showers begin from random numbers, so no shower is the copy of another. Drag to turn, double-click to go back.'),
      element('div', { class: 'displays' }, shown.map((sample, i) =>
        figure(`display_${i}`, caption(sample), () => report.shower_canvas(`display_${i}`, validation.geometry, sample.event_display, scale), 'plot display'))),
      report.display_legend(scale),
      left_out.length ? paragraph(`Not displayed: ${left_out.map(sample => sample.name).join(', ')}.`) : null);
  }

  function profile_figure(axis, log) {
    const cells = validation.geometry['xyz'.indexOf(axis)], edges = Array.from({ length: cells + 1 }, (_, i) => i - 0.5);
    const titles = { x: 'x [cell]', y: 'y [cell]', z: 'z [layer]' };
    return () => report.overlay(`profile_${axis}_${log ? 'log' : 'linear'}`, {
      edges, log, x_title: titles[axis], y_title: 'energy a shower [GeV]',
      series: samples.map((sample, i) => ({ name: sample.name, style: style(i), values: sample.profiles[axis].mean, errors: sample.profiles[axis].error })) });
  }

  function shapes() {
    section('shapes', 'Shower shapes',
      paragraph(`The mean shower summed over the two other axes. Below, the ratio to ${reference_name}. Error bars are the statistical error of the mean; the grey band of the ratio is that of ${reference_name}. ` +
        'Points are moved sideways inside their cell so that all can be seen.'),
      grid(figure('profile_y_linear', 'Shower shape along y, linear (figure 5 of the paper).', profile_figure('y', false)),
        figure('profile_y_log', 'Shower shape along y, logarithmic: the tails.', profile_figure('y', true)),
        figure('profile_z_linear', 'Shower shape along z, linear (figure 6 of the paper).', profile_figure('z', false)),
        figure('profile_z_log', 'Shower shape along z, logarithmic.', profile_figure('z', true))),
      report.table3(validation), report.table4(validation), report.table5(validation), report.change_table(validation));
  }

  function response() {
    const series = bins => samples.map((sample, i) => ({ name: sample.name, style: style(i), bins: sample[bins] }));
    const plot = (id, caption, bins, key, y_title, options = {}) => figure(id, caption, () => report.against_energy(id, { series: series(bins), key, y_title, scale: 100, ...options }));
    const many_energies = validation.energy_range_gev[1] > validation.energy_range_gev[0];
    section('response', 'Energy response',
      paragraph('ECAL is the summed cell energy. ' + (many_energies ? 'The grey band is the floor: how far two halves of the reference typically differ.'
        : 'All showers have the same primary energy, so nothing is drawn against it.')),
      many_energies ? grid(plot('response_mean', 'Mean response against energy.', 'response_bins', 'mean', 'mean of ECAL / E_{p} [%]'),
        plot('resolution_core', 'Core resolution against energy: half the 16\u201384 % range over the median.', 'resolution_bins', 'core_resolution', 'core resolution [%]', { from_zero: true }),
        plot('tail_share', `Share of showers below ${validation.tail_fraction ?? 0.85} of the median response (late starts, leakage).`, 'resolution_bins', 'tail_share', 'share of showers [%]', { from_zero: true })) : null,
      report.response_table(validation));
  }

  /** Counts as shares of all showers of a sample, so that samples of different size compare. */
  function observable_figure(key) {
    const series = [];
    samples.forEach((sample, i) => {
      const histogram = sample.observables[key]?.histogram;
      if (!histogram) return;
      const all = Math.max(1, histogram.counts.reduce((sum, count) => sum + count, 0) + histogram.below + histogram.above);
      series.push({ name: sample.name, style: style(i), values: histogram.counts.map(count => count / all), errors: histogram.counts.map(count => Math.sqrt(count) / all) });
    });
    const { label, unit, histogram } = samples[0].observables[key];
    const small = unit === '1' && Math.abs(histogram.edges[histogram.edges.length - 1]) < 0.2;  // a few per cent read better so
    const shown_unit = small ? '%' : unit === '1' ? '' : unit;
    const title = report.plain_latex(label) + (shown_unit ? ` [${report.plain_latex(shown_unit)}]` : '');
    const edges = histogram.edges.map(edge => small ? 100 * edge : edge);
    return () => report.overlay(`observable_${key}`, { edges, log: false, x_title: title, y_title: 'share of showers a bin', series });
  }

  function beyond(key) {
    const parts = samples.map(sample => {
      const histogram = sample.observables[key]?.histogram;
      return histogram && histogram.below + histogram.above > 0 ? `${sample.name} ${report.count(histogram.below)} below, ${report.count(histogram.above)} above` : null;
    }).filter(part => part !== null);
    return parts.length ? ` Showers outside the axis: ${parts.join('; ')}.` : '';
  }

  function observables() {
    const known = ['hits', 'ecal_over_energy', 'z_centre', 'z_width', 'y_width', 'y_centre', 'x_width', 'x_centre', 'cells'];
    const present = Object.keys(samples[0].observables);
    const order = [...known.filter(key => present.includes(key)), ...present.filter(key => !known.includes(key))];
    section('observables', 'From shower to shower',
      paragraph('Distributions over single showers. Error bars: square root of the counts.'),
      grid(order.map(key => figure(`observable_${key}`, `${samples[0].observables[key].label}.${beyond(key)}`, observable_figure(key)))),
      element('details', {}, element('summary', {}, 'Means, standard deviations and spreads as numbers'), report.observables_table(validation)));
  }

  function texture() {
    const spectrum = report.spectrum_data(samples, style);
    if (!spectrum) return;
    const excess = ['x', 'y', 'z'].map(axis => ({ axis, data: report.excess_data(samples, style, axis) })).filter(one => one.data);
    const above = samples.filter(sample => sample.cell_spectrum?.above > 0).map(sample => `${sample.name} ${report.plain(sample.cell_spectrum.above, 2)}`);
    section('texture', 'Single cells and their neighbours',
      paragraph('How much energy single cells have, and how often neighbouring cells are hit together: of all pairs of neighbours along an axis, those with two hits over those that there would be if hits were independent ' +
        'of each other. The step near 0.2 MeV is what single particles leave in a layer.'),
      grid(figure('cell_spectrum', `Energies of single cells, twelve bins a decade.${above.length ? ` Beyond the axis, cells a shower: ${above.join('; ')}.` : ''}`, () => report.overlay('cell_spectrum', spectrum)),
        ...excess.map(({ axis, data }) => figure(`excess_${axis}`, `Neighbouring hits along ${axis} over independent ones, layer by layer${axis === 'z' ? ' (with the layer behind)' : ''}.`,
          () => report.overlay(`excess_${axis}`, data)))),
      report.excess_table(validation), report.separation_table(validation));
  }

  function correlations() {
    if (!samples.every(sample => Array.isArray(sample.layer_correlation) && sample.layer_correlation.length)) return;
    const differences = sample => sample.layer_correlation.map((row, i) => row.map((value, j) => (value ?? 0) - (samples[0].layer_correlation[i][j] ?? 0)));
    const largest = Math.max(...samples.slice(1).flatMap(sample => differences(sample).flat().map(Math.abs)), 0);
    const reach = Math.max(0.05, Math.ceil(20 * largest) / 20);
    const map = (sample, difference) => () => report.colour_map(`correlation_${samples.indexOf(sample)}`, {
      values: difference ? differences(sample) : sample.layer_correlation, low: difference ? -reach : -1, high: difference ? reach : 1,
      x_title: 'layer', y_title: 'layer', z_title: difference ? 'difference' : 'correlation' });
    const number = sample => sample.layer_correlation_difference ? ` Root mean square ${report.with_error(sample.layer_correlation_difference)}.` : '';
    section('correlations', 'Correlation of the layers', report.correlation_table(validation),
      paragraph('Correlation coefficients of the layers\u2019 energies over Ep: the reference as it is, the others as differences from it.'),
      grid(samples.slice(0, 6).map((sample, i) => figure(`correlation_${i}`, i === 0 ? `${sample.name}.` : `${sample.name} minus ${reference_name}.${number(sample)}`, map(sample, i > 0)))));
  }

  function likeness() {
    const classifiers = report.classifier_table(validation), neighbours = report.neighbour_table(validation), distances = report.distance_table(validation);
    if (!classifiers && !neighbours && !distances) return;
    section('likeness', 'Alike as a whole?', classifiers, distances,
      neighbours ? paragraph('A generator that repeats what it was trained on makes showers much nearer to training showers than new Geant4 showers are; one that repeats itself makes showers that are near to each other.') : null,
      neighbours);
  }

  function rest() {
    section('comparisons', 'All comparisons', report.comparisons_table(validation));
    section('speed', 'Speed and size', report.speed_table(validation, bench), ...report.bench_tables(bench));
    if (tuning) section('tuning', 'Tuning', report.tuning_figure(tuning), report.tuning_table(tuning));
    const models = samples.filter(sample => sample.layers.length);
    section('precision', 'Precision of every layer', models.length ? models.map((sample, i) => report.layers_table(sample, i)) : paragraph('No sample of this run is a model.'));
    section('provenance', 'Provenance', report.provenance(data));
  }

  async function draw_all() {
    for (const one of figures) await draw(one);
    document.body.dataset.state = figures.every(one => one.place.dataset.state === 'drawn') ? 'drawn' : 'failed';
  }

  let pending_resize = null;
  function resize() {
    clearTimeout(pending_resize);
    pending_resize = setTimeout(() => figures.filter(one => one.painter).forEach(one => JSROOT.resize(one.place)), 150);
  }

  header();
  verdicts();
  displays();
  shapes();
  response();
  observables();
  texture();
  correlations();
  likeness();
  rest();
  document.title = `octocal report: ${report.judged(validation).map(sample => sample.name).join(', ') || reference_name}`;
  window.addEventListener('resize', resize);
  window.addEventListener('beforeprint', () => figures.forEach(picture_for_paper));
  draw_all();
})(octocalReport);
