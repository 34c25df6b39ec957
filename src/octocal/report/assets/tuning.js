// SPDX-License-Identifier: Apache-2.0
// Of octocal tune: all trials as points of what they cost and how near they come to a limit, the front of them, and what
// each layer has and why.
'use strict';

(function (report) {
  const { element, number_cell, table, plain } = report;
  const namespace = 'http://www.w3.org/2000/svg';
  const width = 640, height = 360, margin = { left: 64, right: 16, top: 16, bottom: 48 };
  const axes = { cost: 'what was to be little (cost)', size: 'weights in the file [MB]', memory: 'weights and what layers read [MB]' };
  const unit = { speed: ['ms a shower', 1e3], size: ['MB', 1e-6], memory: ['MB', 1e-6], mix: ['% of float32', 100] };

  function shape(tag, attributes, ...children) {
    const node = document.createElementNS(namespace, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  /** A trial's number nearest its limit, in units of the limit; float32 differs by nothing. */
  const excess = trial => Math.max(0, ...trial.quantities.filter(q => q.limit !== null).map(q =>
    q.value <= q.error ? 0 : q.limit > 0 ? q.value / q.limit : q.value > 0 ? Infinity : 0));
  const worst = trial => trial.quantities.filter(q => q.limit !== null).reduce((a, b) => (b.value / b.limit > a.value / a.limit ? b : a));
  const plan_text = plan => Object.entries(Object.entries(plan).reduce((of, [layer, precision]) =>
    ({ ...of, [precision]: [...(of[precision] ?? []), layer] }), {})).map(([precision, layers]) =>
    `${precision}: ${layers.length > 6 ? `${layers.length} layers` : layers.join(', ')}`).join('; ');

  const measure = (tuning, axis) => axis === 'cost'
    ? { scale: unit[tuning.objective][1], title: `${tuning.objective} [${unit[tuning.objective][0]}]` }
    : { scale: 1e-6, title: axes[axis] };

  /** Trials that no other one beats in both: from the cheapest on. */
  report.tuning_front = function (points) {
    const front = [];
    for (const point of [...points].sort((a, b) => a.x - b.x || a.y - b.y))
      if (!front.length || point.y < front[front.length - 1].y) front.push(point);
    return front;
  };

  function plot(tuning, axis, tell) {
    const { scale, title } = measure(tuning, axis);
    const least = 1e-3, most = 1e3;  // of a limit: beyond these nothing more is to be seen
    const points = tuning.trials.map(trial => ({ trial, x: trial[axis] * scale, y: Math.min(most, Math.max(least, excess(trial))) }));
    const xs = points.map(point => point.x), low = Math.min(...xs), span = Math.max(...xs) - low || Math.abs(low) || 1;
    const x = value => margin.left + (0.04 + 0.92 * (value - low) / span) * (width - margin.left - margin.right);
    const y = value => margin.top + Math.log10(most / value) / Math.log10(most / least) * (height - margin.top - margin.bottom);
    const svg = shape('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `Trials: excess against ${title}`, class: 'tuning' });
    svg.append(shape('rect', { x: margin.left, y: margin.top, width: width - margin.left - margin.right, height: height - margin.top - margin.bottom, fill: 'none', stroke: 'currentColor' }));
    for (let power = -3; power <= 3; ++power)
      svg.append(shape('text', { x: margin.left - 8, y: y(10 ** power) + 4, 'text-anchor': 'end', class: 'label' }, `10${report.superscript(power)}`));
    for (let tick = 0; tick <= 4; ++tick)
      svg.append(shape('text', { x: x(low + span * tick / 4), y: height - margin.bottom + 18, 'text-anchor': 'middle', class: 'label' }, plain(low + span * tick / 4)));
    svg.append(shape('text', { x: (margin.left + width) / 2, y: height - 8, 'text-anchor': 'middle', class: 'label' }, title));
    svg.append(shape('text', { x: 14, y: height / 2, transform: `rotate(-90 14 ${height / 2})`, 'text-anchor': 'middle', class: 'label' }, 'nearest number over its limit'));
    svg.append(shape('line', { x1: margin.left, x2: width - margin.right, y1: y(1), y2: y(1), stroke: '#d55e00', 'stroke-dasharray': '4 4' }));
    const front = report.tuning_front(points);
    svg.append(shape('polyline', { points: front.map(point => `${x(point.x)},${y(point.y)}`).join(' '), fill: 'none', stroke: '#0072b2', class: 'front' }));
    for (const point of points) {
      const chosen = JSON.stringify(point.trial.plan) === JSON.stringify(tuning.plan);
      const text = `${point.trial.what}: ${worst(point.trial).name} ${plain(worst(point.trial).value)} of ${plain(worst(point.trial).limit)}, ` +
        `${plain(point.x)} ${title}, ${point.trial.showers} showers${point.trial.refuted ? ', refuted on fresh showers' : ''}. ${plan_text(point.trial.plan)}`;
      const dot = shape('circle', { cx: x(point.x), cy: y(point.y), r: chosen ? 8 : 5, tabindex: 0, class: 'trial',
                                    fill: point.trial.within && !point.trial.refuted ? '#009e73' : '#d55e00', stroke: chosen ? '#000000' : 'none' },
                        shape('title', {}, text));
      for (const event of ['mouseenter', 'focus', 'click']) dot.addEventListener(event, () => tell(text));
      svg.append(dot);
    }
    return svg;
  }

  /** The front of all trials, with a choice of what lies along x, and a line that tells of the trial under the pointer. */
  report.tuning_figure = function (tuning) {
    const told = element('p', { class: 'note', 'aria-live': 'polite' }, 'Point at a trial to read of it.');
    const place = element('div', { class: 'plot', id: 'tuning_plot' });
    const choice = element('select', { id: 'tuning_axis', 'aria-label': 'What lies along x' },
      Object.entries(axes).map(([axis, title]) => element('option', { value: axis }, axis === 'cost' ? measure(tuning, 'cost').title : title)));
    const draw = () => place.replaceChildren(plot(tuning, choice.value, text => { told.textContent = text; }));
    choice.addEventListener('change', draw);
    draw();
    return element('figure', { id: 'tuning_front' }, choice, place, element('figcaption', {},
      'Every trial: below the broken line all criteria hold (green; red: not, or refuted on fresh showers). The line joins those that no other beats in both; ringed: the choice.'), told);
  };

  /** Each layer: its precision, what it costs, how much it disturbs alone, the signal to noise of its weights, and why. */
  report.tuning_table = function (tuning) {
    const [name, scale] = unit[tuning.objective];
    const rows = tuning.layers.map(layer => [layer.name, element('td', {}, layer.precision),
      number_cell(plain(layer.cost * scale), layer.cost),
      number_cell(plain(tuning.sensitivity[layer.name]), tuning.sensitivity[layer.name]),
      number_cell(layer.weight_sqnr_db === null ? '\u2013' : `${layer.weight_sqnr_db.toFixed(1)} dB`, layer.weight_sqnr_db),
      element('td', {}, layer.why)]);
    return table('tuning_layers', 'Sensitivity: the number nearest its limit, over that limit, with this layer alone moved. Signal to noise: of the weights, where they are integers.',
      ['layer', 'precision', `cost [${name}]`, 'sensitivity', 'signal to noise', 'why'], rows);
  };
})(octocalReport);
