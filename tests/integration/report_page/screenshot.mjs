// SPDX-License-Identifier: Apache-2.0
// Pictures of a report: node screenshot.mjs REPORT_FOLDER PICTURE.png [--width 1280] [--height PIXELS] [--figure ID] [--top SECTION]
// The whole page by default; --height cuts it, --figure takes one figure, --top begins at a section of the page.
import { parseArgs } from 'node:util';
import { open_report } from './browser.mjs';

const { values, positionals } = parseArgs({ allowPositionals: true,
  options: { width: { type: 'string', default: '1280' }, height: { type: 'string' }, figure: { type: 'string' }, top: { type: 'string' }, scale: { type: 'string', default: '1' } } });
if (positionals.length !== 2) {
  console.error('usage: node screenshot.mjs REPORT_FOLDER PICTURE.png [--width 1280] [--height PIXELS] [--figure ID] [--top SECTION] [--scale 2]');
  process.exit(2);
}
const [folder, picture] = positionals;
const report = await open_report(folder, { width: Number(values.width), scale: Number(values.scale) });
try {
  if (values.figure) {
    await report.page.locator(`[id="${values.figure}"]`).screenshot({ path: picture });
  } else {
    const whole = await report.page.evaluate(() => document.documentElement.scrollHeight);
    const y = values.top ? await report.page.evaluate(id => document.getElementById(id).getBoundingClientRect().top + window.scrollY, values.top) : 0;
    const height = Math.min(values.height ? Number(values.height) : whole, whole - y);
    await report.page.screenshot({ path: picture, fullPage: true, clip: { x: 0, y, width: Number(values.width), height } });
  }
  for (const message of report.messages) console.error(message);
} finally {
  await report.close();
}
