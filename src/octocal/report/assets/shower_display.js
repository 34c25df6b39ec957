// SPDX-License-Identifier: Apache-2.0
// One shower in three dimensions (figure 1 of the paper): a box a cell, size and colour by energy.
'use strict';

(function (report) {
  const palette = 112;  // Viridis: even steps of lightness, told apart with any colour vision and in grey
  const colour_steps = 60;

  /** The energy scale that all displays share: from the hit threshold to the largest cell. */
  report.display_scale = function (validation) {
    const low = validation.hit_threshold_gev ?? 1e-4;
    const largest = validation.samples.flatMap(s => s.event_display.cells.slice(0, 1).map(cell => cell[3]));
    return { low, decades: Math.max(1, Math.ceil(10 * Math.log10(Math.max(...largest, low) / low)) / 10) };
  };

  // A box's side grows with the fifth root of the energy: four decades between one pixel and a whole cell. JSROOT takes
  // the third root of a bin's content, hence the power of 3/5.
  const size_of = gev => Math.pow(gev, 0.6);

  /** The layer goes to the right, along the primary; x to the depth and y upwards. Colours are even in log(energy). */
  report.shower_canvas = function (name, geometry, display, scale) {
    const [nx, ny, nz] = geometry;
    const histo = JSROOT.createHistogram('TH3F', nz, nx, ny);
    Object.assign(histo, { fName: `${name}_cells`, fTitle: '', fFillColor: 1, fLineColor: 1 });
    histo.fBits |= (1 << 9) | (1 << 10);  // TH1::kNoStats, kUserContour: the same colours in all displays
    histo.fContour = Array.from({ length: colour_steps + 1 }, (_, i) => size_of(scale.low * Math.pow(10, i * scale.decades / colour_steps)));
    const axes = [[histo.fXaxis, nz, 'layer z'], [histo.fYaxis, nx, 'x [cell]'], [histo.fZaxis, ny, 'y [cell]']];
    for (const [axis, cells, title] of axes) {
      report.set_axis(axis, title, { divisions: 505, offset: 1.2 });
      Object.assign(axis, { fXmin: -0.5, fXmax: cells - 0.5, fLabelSize: 0.06, fTitleSize: 0.065 });
    }
    for (const [x, y, z, gev] of display.cells)
      histo.setBinContent(histo.getBin(z + 1, x + 1, y + 1), size_of(gev));
    const canvas = report.canvas(name);
    canvas.fPrimitives.Add(histo, 'box3');
    return { canvas, outside: 0 };
  };

  /** The colour scale as a strip with labels in GeV. */
  report.display_legend = function (scale) {
    const colours = JSROOT.getColorPalette(palette), steps = colour_steps;
    const at = step => colours.getColor(Math.min(colours.getLength() - 1, Math.floor(step / steps * colours.getLength())));
    const strip = Array.from({ length: steps }, (_, i) => at(i)).join(',');
    const first = Math.ceil(Math.log10(scale.low) - 1e-9), last = Math.log10(scale.low) + scale.decades;
    const marks = [];
    for (let power = first; power <= last + 1e-9; ++power)
      marks.push(report.element('span', { style: `left:${100 * (power - Math.log10(scale.low)) / scale.decades}%` }, `10${report.superscript(power)}`));
    return report.element('div', { class: 'scale', role: 'img', 'aria-label': 'colour scale of the cell energies' },
      report.element('div', { class: 'strip', style: `background:linear-gradient(to right,${strip})` }),
      report.element('div', { class: 'marks' }, marks),
      report.element('div', {}, 'cell energy [GeV]'));
  };

  report.display_palette = palette;
})(octocalReport);
