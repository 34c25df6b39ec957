// SPDX-License-Identifier: Apache-2.0
// Numbers as text and elements of the page. Texts from files reach the page through textContent and attributes set by
// the DOM alone, never as HTML.
'use strict';
const octocalReport = {};

(function (report) {
  /** An element with attributes and children; texts become text nodes. null children are left out. */
  report.element = function (tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes))
      if (value !== null && value !== undefined) node.setAttribute(name, value);
    for (const child of children.flat())
      if (child !== null && child !== undefined) node.append(child);
    return node;
  };

  const minus = text => text.replace(/-/g, '\u2212');

  /** Digits behind the point so that an error shows two figures (one figure of 3 and more is enough for nobody). */
  function decimals_for(error, value) {
    const scale = error > 0 ? error : Math.abs(value) * 1e-3;
    if (!(scale > 0)) return 3;
    return Math.min(12, Math.max(0, 1 - Math.floor(Math.log10(scale) + 1e-9)));
  }

  /** A plain number with so many significant figures. */
  report.plain = function (value, figures = 3) {
    if (value === null || value === undefined) return '\u2013';
    if (value === 0) return '0';
    const size = Math.abs(value);
    if (size >= 1e6 || size < 1e-4) {
      const [digits, power] = value.toExponential(figures - 1).split('e');
      return minus(digits) + '\u00b710' + superscript(Number(power));
    }
    return minus(size >= Math.pow(10, figures) ? value.toFixed(0) : value.toPrecision(figures));
  };

  function superscript(number) {
    return String(number).replace(/./g, c => ({ '-': '\u207b' })[c] ?? '\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079'[c]);
  }
  report.superscript = superscript;

  /** "12.009 ± 0.004": value and error of a number of the schema, times `scale`. */
  report.with_error = function (number, scale = 1, signed = false) {
    if (!number || number.value === null) return '\u2013';
    const value = number.value * scale, error = number.error === undefined || number.error === null ? null : number.error * scale;
    const sign = signed && value > 0 ? '+' : '';
    if (error === null) return sign + report.plain(value, 4);
    const size = Math.max(Math.abs(value), error);
    if (size !== 0 && (size < 1e-3 || size >= 1e6)) {
      const power = Math.floor(Math.log10(size)), unit = Math.pow(10, power), digits = decimals_for(error / unit, value / unit);
      return `(${sign}${minus((value / unit).toFixed(digits))} \u00b1 ${(error / unit).toFixed(digits)})\u00b710${superscript(power)}`;
    }
    const digits = decimals_for(error, value);
    return `${sign}${minus(value.toFixed(digits))} \u00b1 ${error.toFixed(digits)}`;
  };

  /** A fraction in percent with as many figures as its error (or `figures`) deserves: "+0.05 %". */
  report.percent = function (fraction, error = null, signed = true) {
    if (fraction === null || fraction === undefined) return '\u2013';
    const value = 100 * fraction, digits = error ? Math.min(3, decimals_for(100 * error, value)) : 2;
    const rounded = value.toFixed(digits);
    return (signed && Number(rounded) > 0 ? '+' : '') + minus(rounded) + ' %';
  };

  /** A fraction in percent with two significant figures, for errors and floors: "0.053 %". */
  report.percent_figures = fraction => fraction === null || fraction === undefined ? '\u2013' : report.plain(100 * fraction, 2) + ' %';

  report.bytes = function (count) {
    if (count === null || count === undefined) return '\u2013';
    if (count >= 1e9) return (count / 1e9).toPrecision(3) + ' GB';
    if (count >= 1e6) return (count / 1e6).toPrecision(3) + ' MB';
    if (count >= 1e3) return (count / 1e3).toPrecision(3) + ' kB';
    return count + ' B';
  };

  /** 12345678 as "12 345 678" with narrow spaces. */
  report.count = value =>
    value === null || value === undefined ? '\u2013' : String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f');

  /** A table cell that also carries the number as it stands in the file (tests and curious readers look there). */
  report.number_cell = function (text, raw) {
    const known = raw !== null && raw !== undefined;
    return report.element('td', { class: 'number', 'data-value': known ? String(raw) : null, title: known ? String(raw) : null }, text);
  };

  /** A table from a head (texts) and rows (arrays of texts or cells). */
  report.table = function (id, caption, head, rows) {
    const cell = (tag, content) => content instanceof Node ? content : report.element(tag, {}, content);
    const caption_id = id ? `${id}_caption` : null;  // outside the table, which may be wider than the window
    return report.element('div', { class: 'table' },
      report.element('p', { class: 'caption', id: caption_id }, caption),
      report.element('div', { class: 'wide' }, report.element('table', { id, 'aria-describedby': caption_id },
        report.element('thead', {}, report.element('tr', {}, head.map(text => report.element('th', { scope: 'col' }, text)))),
        report.element('tbody', {}, rows.map(row => report.element('tr', {},
          row.map((content, i) => i === 0 && !(content instanceof Node) ? report.element('th', { scope: 'row' }, content) : cell('td', content))))))));
  };
})(octocalReport);
