// SPDX-License-Identifier: Apache-2.0
// Plots as ROOT objects, drawn by JSROOT: an overlay of binned samples with a ratio panel, and points against energy.
'use strict';

(function (report) {
  // Okabe and Ito's colours and a grey, told apart by people with any colour vision; marker and line differ too, for grey
  // prints.
  const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7f7f7f'];
  const markers = [24, 22, 25, 33, 26, 20, 27];  // open circle, triangle, open square, diamond, open triangle, disc, open diamond
  const first_colour = 1500;                 // ROOT colour numbers that nothing else uses
  const kBlack = 1, kRulerGrey = first_colour + 20, kFillGrey = first_colour + 21, kBandGrey = first_colour + 22;
  const font = 42;                           // Helvetica; sizes of 1 and more are pixels
  const label_size = 14, title_size = 15;
  const kTitleOffset = 2.2;                  // clear of labels as wide as 0.005, the same in all panels so that titles line up

  report.is_reference = sample => sample.kind === 'reference';

  /** Colour number, marker and CSS colour of a sample: the reference black, the others in the order of the file. */
  report.style_of = function (samples, index) {
    if (report.is_reference(samples[index])) return { colour: kBlack, css: '#000000', marker: 20, line: 1 };
    const place = index - 1;
    return { colour: first_colour + place % colours.length, css: colours[place % colours.length],
             marker: markers[place % markers.length], line: 1 + place % 8 };
  };

  function colour_list() {
    const list = JSROOT.create('TObjArray');
    list.name = 'ListOfColors';
    const add = (number, css) => {
      const colour = JSROOT.create('TColor');
      const part = at => parseInt(css.substr(at, 2), 16) / 255;
      Object.assign(colour, { fNumber: number, fRed: part(1), fGreen: part(3), fBlue: part(5), fAlpha: 1 });
      list.arr.push(colour);
    };
    colours.forEach((css, i) => add(first_colour + i, css));
    add(kRulerGrey, '#9a9a9a');
    add(kFillGrey, '#ececec');
    add(kBandGrey, '#d4d4d4');
    return list;
  }

  report.canvas = function (name) {
    const canvas = JSROOT.create('TCanvas');
    canvas.fName = canvas.fTitle = name;
    canvas.fBorderMode = 0;
    canvas.fPrimitives.Add(colour_list(), '');
    return canvas;
  };

  /** A pad over part of the canvas (low and high in y, 0 to 1); margins are fractions of the pad. */
  function pad_in(canvas, number, low, high, margins) {
    const pad = JSROOT.create('TPad');
    pad.fName = pad.fTitle = `${canvas.fName}_${number}`;
    pad.fNumber = number;
    Object.assign(pad, { fAbsXlowNDC: 0, fAbsWNDC: 1, fAbsYlowNDC: low, fAbsHNDC: high - low, fXlowNDC: 0, fWNDC: 1, fYlowNDC: low,
                         fHNDC: high - low, fBorderMode: 0, fTickx: 1, fTicky: 1 });
    set_margins(pad, margins);
    canvas.fPrimitives.Add(pad, '');
    return pad;
  }

  function set_margins(pad, { left, right, top, bottom }) {
    Object.assign(pad, { fLeftMargin: left, fRightMargin: right, fTopMargin: top, fBottomMargin: bottom });
  }

  function set_axis(axis, title, { offset = 1.1, labels = true, divisions = 510 } = {}) {
    Object.assign(axis, { fTitle: title, fTitleFont: font, fLabelFont: font, fTitleSize: title_size, fTitleOffset: offset,
                          fLabelSize: labels ? label_size : 0, fNdivisions: divisions, fTickLength: 0.025 });
    axis.InvertBit?.(0);
    axis.fBits |= 1 << 12;  // TAxis::kCenterTitle
  }
  report.set_axis = set_axis;

  function histogram(name, edges, values, errors) {
    const histo = JSROOT.createHistogram('TH1D', values.length);
    histo.fName = name;
    histo.fTitle = '';
    Object.assign(histo.fXaxis, { fXmin: edges[0], fXmax: edges[edges.length - 1], fXbins: Float64Array.from(edges) });
    histo.fBits |= 1 << 9;  // TH1::kNoStats
    histo.fSumw2 = new Float64Array(values.length + 2);
    values.forEach((value, i) => {
      histo.setBinContent(i + 1, value ?? 0);
      histo.fSumw2[i + 1] = (errors?.[i] ?? 0) ** 2;
    });
    histo.fEntries = 1;
    return histo;
  }

  function graph_of(points, style, size = 1.0) {
    const graph = JSROOT.createTGraph(points.length, points.map(p => p.x), points.map(p => p.y));
    graph._typename = 'TGraphErrors';
    Object.assign(graph, { fEX: points.map(p => p.ex ?? 0), fEY: points.map(p => p.ey ?? 0), fTitle: '', fName: 'points',
                           fMarkerStyle: style.marker, fMarkerColor: style.colour, fMarkerSize: size, fLineColor: style.colour,
                           fLineWidth: 2, fEditable: false });
    return graph;
  }

  function line(x1, x2, y, colour, style = 1) {
    const ruler = JSROOT.create('TLine');
    return Object.assign(ruler, { fX1: x1, fX2: x2, fY1: y, fY2: y, fLineColor: colour, fLineStyle: style, fLineWidth: 1 });
  }

  /** The legend along the pad's upper edge: one box an entry, as wide as its text, in as many rows as it takes. */
  function add_legend(pad, entries, top, row_height) {
    const pad_width = 590;  // pixels; text has a fixed size, so a wider pad gets a looser legend
    let x = 0.16, y = top;
    for (const { object, label, option } of entries) {
      const width = (50 + 0.56 * label_size * label.length) / pad_width;
      if (x > 0.16 && x + width > 0.975) [x, y] = [0.16, y - row_height];
      const box = JSROOT.create('TLegend');
      Object.assign(box, { fX1NDC: x, fY1NDC: y - row_height, fX2NDC: x + width, fY2NDC: y, fInit: 1, fBorderSize: 0, fFillStyle: 0, fTextFont: font,
                           fTextSize: label_size, fMargin: 32 / pad_width / width, fOption: 'brNDC', fName: 'legend' });
      const entry = JSROOT.create('TLegendEntry');
      Object.assign(entry, { fObject: object, fLabel: plain_latex(label), fOption: option, fTextFont: font });
      box.fPrimitives.Add(entry);
      pad.fPrimitives.Add(box, '');
      x += width;
    }
  }

  /** Names of samples stand as they are: nothing of TLatex in them, and no line breaks. */
  function plain_latex(text) {
    return text.replace(/[#^_{}\\\n]/g, c => c === '\n' ? ' ' : c === '_' ? '\u02cd' : c === '^' ? '\u02c6' : c === '#' ? '\uff03' : ' ');
  }
  report.plain_latex = plain_latex;

  /** Points of a sample in bins, moved sideways a little so that samples do not hide each other. */
  function points_in(edges, values, errors, shift) {
    return values.map((y, i) => ({ x: (edges[i] + edges[i + 1]) / 2 + shift * (edges[i + 1] - edges[i]), y, ey: errors?.[i] ?? 0 }))
                 .filter(p => p.y !== null && Number.isFinite(p.y));
  }

  const shift_of = (index, count) => count < 2 ? 0 : 0.36 * (index / (count - 1) - 0.5);

  /** Range of the ratio panel: nine of ten points that the statistics resolve, between 0.9-1.1 and 0-2. */
  function ratio_reach(series) {
    const reaches = series.flat().filter(p => p.ey > 0 && p.ey < 0.15).map(p => Math.abs(p.y - 1) + p.ey).sort((a, b) => a - b);
    const wanted = reaches.length ? reaches[Math.floor(0.9 * (reaches.length - 1))] : 1;
    return [0.1, 0.15, 0.2, 0.3, 0.5, 1].find(step => step >= wanted * 1.1) ?? 1;
  }

  /**
   * Samples over the same bins, the first one the reference: its histogram filled, the others as points, and below the
   * ratio to the reference with its own error as a band.
   *   data: { edges, x_title, y_title, log, from, series: [{ name, style, values, errors }] }; from: where a linear axis begins, 0 if absent
   * Returns { canvas, outside }: `outside` counts points of the ratio beyond its panel.
   */
  report.overlay = function (name, data) {
    const { edges, series } = data, reference = series[0], low = edges[0], high = edges[edges.length - 1];
    const canvas = report.canvas(name);
    const upper = pad_in(canvas, 1, 0.33, 1, { left: 0.14, right: 0.025, top: 0.04, bottom: 0.018 });
    const lower = pad_in(canvas, 2, 0, 0.33, { left: 0.14, right: 0.025, top: 0.04, bottom: 0.38 });
    upper.fLogy = data.log ? 1 : 0;

    const tops = series.flatMap(s => s.values.map((v, i) => (v ?? 0) + (s.errors?.[i] ?? 0)));
    const positive = series.flatMap(s => s.values.filter(v => v > 0));
    const top = positive.length ? Math.max(...tops) : 1, bottom = positive.length ? Math.min(...positive) : 0.1;

    const frame = histogram(`${name}_reference`, edges, reference.values, reference.errors);
    Object.assign(frame, { fFillColor: kFillGrey, fFillStyle: 1001, fLineColor: kBlack, fLineWidth: 2, fMarkerStyle: 20 });
    const from = data.from ?? 0;
    frame.fMinimum = data.log ? bottom / 3 : from;
    frame.fMaximum = data.log ? top * Math.pow(top / bottom, 0.28) : from + (top - from) * 1.35;
    set_axis(frame.fXaxis, '', { labels: false });
    set_axis(frame.fYaxis, data.y_title, { offset: kTitleOffset, divisions: 508 });
    upper.fPrimitives.Add(frame, 'hist');

    const entries = [];
    const others = series.slice(1);
    const ratios = [];
    const reference_points = graph_of(points_in(edges, reference.values, reference.errors, 0).filter(p => !data.log || p.y > 0), reference.style, 0.55);
    reference_points.fFillColor = kFillGrey;
    reference_points.fFillStyle = 1001;
    upper.fPrimitives.Add(reference_points, 'PZ');
    entries.push({ object: frame, label: reference.name, option: 'lf' });
    others.forEach((one, i) => {
      const points = points_in(edges, one.values, one.errors, shift_of(i, others.length));
      const graph = graph_of(data.log ? points.filter(p => p.y > 0) : points, one.style);
      upper.fPrimitives.Add(graph, 'PZ');
      entries.push({ object: graph, label: one.name, option: 'pe' });
      ratios.push(points_in(edges, one.values.map((v, k) => v !== null && reference.values[k] > 0 ? v / reference.values[k] : null),
        one.values.map((v, k) => (one.errors?.[k] ?? 0) / reference.values[k]), shift_of(i, others.length)));
    });
    add_legend(upper, entries, 0.94, 0.065);

    const reach = ratio_reach(ratios);
    const band = histogram(`${name}_band`, edges, reference.values.map(() => 1),
      reference.values.map((v, k) => v > 0 ? (reference.errors?.[k] ?? 0) / v : 0));
    Object.assign(band, { fFillColor: kBandGrey, fFillStyle: 1001, fLineColor: kBlack, fMarkerSize: 0, fMinimum: 1 - 1.15 * reach, fMaximum: 1 + 1.15 * reach });
    set_axis(band.fXaxis, data.x_title, { offset: 1.15 });
    set_axis(band.fYaxis, 'ratio', { offset: kTitleOffset, divisions: 505 });
    band.fXaxis.fTickLength = 0.06;
    lower.fPrimitives.Add(band, 'E2');
    lower.fPrimitives.Add(line(low, high, 1, kBlack), '');
    let outside = 0;
    ratios.forEach((points, i) => {
      const inside = points.filter(p => Math.abs(p.y - 1) <= reach), beyond = points.filter(p => Math.abs(p.y - 1) > reach);
      outside += beyond.length;
      if (inside.length) lower.fPrimitives.Add(graph_of(inside, others[i].style), 'PZ');
      for (const above of [true, false]) {
        const edge = beyond.filter(p => p.y > 1 === above).map(p => ({ x: p.x, y: 1 + (above ? 1.08 : -1.08) * reach }));
        if (edge.length) lower.fPrimitives.Add(graph_of(edge, { ...others[i].style, marker: above ? 26 : 32 }, 0.6), 'P');
      }
    });
    return { canvas, outside };
  };

  /**
   * Numbers in bins of energy, one set of points a sample, with the reference's floor as a band.
   *   data: { y_title, scale, from_zero, series: [{ name, style, bins, key }] }, bins as in the file
   */
  report.against_energy = function (name, data) {
    const { series, scale = 1 } = data, canvas = report.canvas(name);
    set_margins(canvas, { left: 0.14, right: 0.025, top: 0.04, bottom: 0.15 });
    Object.assign(canvas, { fTickx: 1, fTicky: 1 });
    const all = series.flatMap(s => s.bins.filter(bin => bin[data.key] && bin[data.key].value !== null).map(bin => bin[data.key]));
    const span = number => Math.max(number.error ?? 0, number.floor ?? 0);
    let low = Math.min(...all.map(n => n.value - span(n))) * scale, high = Math.max(...all.map(n => n.value + span(n))) * scale;
    if (!all.length) [low, high] = [0, 1];
    if (data.from_zero) low = 0;
    const room = (high - low) || Math.abs(high) || 1;
    const bins = series[0].bins, edges = [...bins.map(bin => bin.energy_low), bins[bins.length - 1].energy_high];

    const numbers = bins.map(bin => bin[data.key]);
    const band = histogram(`${name}_floor`, edges, numbers.map(n => n && n.value !== null ? n.value * scale : 0), numbers.map(n => (n?.floor ?? 0) * scale));
    Object.assign(band, { fFillColor: kFillGrey, fFillStyle: 1001, fLineColor: kRulerGrey, fMarkerSize: 0,
                          fMinimum: data.from_zero ? 0 : low - 0.12 * room, fMaximum: high + 0.4 * room });
    set_axis(band.fXaxis, 'primary energy E_{p} [GeV]', { offset: 1.35 });
    set_axis(band.fYaxis, data.y_title, { offset: kTitleOffset });
    canvas.fPrimitives.Add(band, 'E2');

    const entries = [];
    series.forEach((one, i) => {
      const points = one.bins.filter(bin => bin[data.key] && bin[data.key].value !== null).map(bin => ({
        x: (bin.energy_low + bin.energy_high) / 2 + 0.5 * shift_of(i, series.length) * (bin.energy_high - bin.energy_low),
        y: bin[data.key].value * scale, ey: (bin[data.key].error ?? 0) * scale }));
      const graph = graph_of(points, one.style);
      canvas.fPrimitives.Add(graph, 'PZ');
      entries.push({ object: graph, label: one.name, option: 'pe' });
      if (i === 0) entries.push({ object: band, label: `${one.name}, floor`, option: 'f' });
    });
    add_legend(canvas, entries, 0.94, 0.055);
    return { canvas, outside: 0 };
  };

  /** A matrix as colours: values[i][j] at column i, row j; low and high fix the scale. */
  report.colour_map = function (name, data) {
    const { values } = data, nx = values.length, ny = values[0].length;
    const histo = JSROOT.createHistogram('TH2F', nx, ny);
    Object.assign(histo.fXaxis, { fXmin: -0.5, fXmax: nx - 0.5 });
    Object.assign(histo.fYaxis, { fXmin: -0.5, fXmax: ny - 0.5 });
    Object.assign(histo, { fName: `${name}_map`, fTitle: '' });
    histo.fBits |= 1 << 9;
    for (let i = 0; i < nx; ++i)
      for (let j = 0; j < ny; ++j) histo.setBinContent(histo.getBin(i + 1, j + 1), values[i][j] ?? 0);
    histo.fMinimum = data.low;
    histo.fMaximum = data.high;
    set_axis(histo.fXaxis, data.x_title);
    set_axis(histo.fYaxis, data.y_title, { offset: 1.3 });
    set_axis(histo.fZaxis, data.z_title, { offset: 2.1 });
    const canvas = report.canvas(name);
    set_margins(canvas, { left: 0.13, right: 0.2, top: 0.04, bottom: 0.15 });
    canvas.fLogz = data.log ? 1 : 0;
    canvas.fPrimitives.Add(histo, 'colz');
    return { canvas, outside: 0 };
  };
})(octocalReport);
