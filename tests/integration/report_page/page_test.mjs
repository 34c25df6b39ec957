// SPDX-License-Identifier: Apache-2.0
// The report page as a reader meets it: node page_test.mjs OCTOCAL
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { open_report } from './browser.mjs';
import { hostile_name, make_bench, make_validation } from './fixture.mjs';

const octocal = process.argv[2];
const folder = mkdtempSync(join(tmpdir(), 'octocal-report-page-'));
const validation = make_validation(), bench = make_bench();
const kBlue = [0x00, 0x72, 0xb2], kVermillion = [0xd5, 0x5e, 0x00];  // the colours of the first two models

function write_report(name, document, speeds) {
  const file = join(folder, `${name}.json`), bench_file = join(folder, `${name}-bench.json`);
  writeFileSync(file, JSON.stringify(document));
  if (speeds) writeFileSync(bench_file, JSON.stringify(speeds));
  execFileSync(octocal, ['report', file, ...(speeds ? ['--bench', bench_file] : []), '-o', join(folder, name)], { stdio: ['ignore', 'ignore', 'inherit'] });
  return join(folder, name);
}

/** Pixels of a picture: how many are there of each wanted colour, and how many colours in all. */
async function pixels(page, png, wanted) {
  return page.evaluate(async ([base64, colours]) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height), all = new Set(), counts = colours.map(() => 0);
    for (let i = 0; i < data.length; i += 4) {
      all.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
      colours.forEach((colour, k) => { if (colour.every((part, j) => Math.abs(part - data[i + j]) < 12)) ++counts[k]; });
    }
    return { distinct: all.size, counts };
  }, [png.toString('base64'), wanted]);
}

/** The SVG behind a figure's button, parsed as a browser parses it. */
async function saved_svg(page, id) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator(`button[data-figure="${id}"]`).click()]);
  assert.equal(download.suggestedFilename(), `${id}.svg`);
  const text = readFileSync(await download.path(), 'utf8');
  const parsed = await page.evaluate(svg => {
    const document = new DOMParser().parseFromString(svg, 'image/svg+xml'), root = document.documentElement;
    return { error: document.querySelector('parsererror')?.textContent ?? '', root: root.nodeName, width: parseFloat(root.getAttribute('width')),
             text: [...document.querySelectorAll('text')].map(node => node.textContent).join('|'), paths: document.querySelectorAll('path').length,
             images: [...document.querySelectorAll('image')].map(node => (node.getAttribute('href') ?? node.getAttribute('xlink:href') ?? '').slice(0, 22)) };
  }, text);
  assert.equal(parsed.error, '', `${id}: not well-formed`);
  assert.equal(parsed.root, 'svg');
  return parsed;
}

function quiet(messages) {
  // The software renderer tells how fast it is; that is no fault of the page.
  assert.deepEqual(messages.filter(message => !message.includes('GL Driver Message')), []);
}

const tests = {
  async 'asks for nothing outside its folder'({ requests, home }) {
    assert.ok(requests.length >= 8);
    for (const url of requests) assert.ok(url.startsWith(home) || url.startsWith('data:') || url.startsWith('blob:'), url);
  },

  async 'shows texts of the files as texts'({ page }) {
    assert.equal(await page.evaluate(() => window.broken), undefined);
    assert.equal(await page.locator('main img, main b').count(), 0);
    assert.ok((await page.locator('h1').textContent()).includes(hostile_name));
    assert.ok((await page.locator('#provenance').textContent()).includes('<b>processor</b>'));
  },

  async 'draws every figure'({ page }) {
    const expected = ['display_0', 'display_1', 'display_2', 'profile_y_linear', 'profile_y_log', 'profile_z_linear', 'profile_z_log', 'response_mean', 'resolution_core',
      'tail_share', 'observable_hits', 'observable_ecal_over_energy', 'cell_spectrum', 'excess_x', 'excess_y', 'excess_z', 'correlation_0', 'correlation_1', 'correlation_2'];
    assert.deepEqual(await page.locator('figure').evaluateAll(all => all.map(one => one.id)), expected);
    for (const id of expected) {
      const plot = page.locator(`#${id}_plot`), box = await plot.locator('svg').first().boundingBox();
      assert.equal(await plot.getAttribute('data-state'), 'drawn', id);
      assert.ok(box.width > 250 && box.height > 250, `${id}: ${box.width} x ${box.height}`);
      const both = id.startsWith('profile') || id.startsWith('observable') || id.startsWith('excess') || id === 'cell_spectrum' || id.startsWith('res') || id === 'tail_share';
      const { distinct, counts } = await pixels(page, await plot.screenshot(), both ? [kBlue, kVermillion] : []);
      assert.ok(distinct > 25, `${id}: ${distinct} colours`);
      for (const count of counts) assert.ok(count > 100, `${id}: ${counts} pixels of the models' colours`);
    }
  },

  async 'draws a marker for every cell of every sample'({ page }) {
    for (const [id, cells] of [['profile_y_log', 8], ['profile_z_linear', 10]]) {
      // JSROOT draws the markers of a graph as one path, with one "M" a marker of these shapes.
      const markers = await page.locator(`#${id}_plot svg path`).evaluateAll(all => all.map(path => ({
        fill: getComputedStyle(path).fill, stroke: getComputedStyle(path).stroke, moves: (path.getAttribute('d').match(/M/g) ?? []).length })));
      for (const colour of ['rgb(0, 114, 178)', 'rgb(213, 94, 0)']) {
        const full = markers.filter(path => (path.fill === colour || path.stroke === colour) && path.moves === cells);
        assert.ok(full.length >= 2, `${id}: ${full.length} paths of ${cells} in ${colour}, expected markers in both panels`);
      }
    }
  },

  async 'shows cells, neighbours, separation power and distances as numbers'({ page }) {
    const cells = async id => page.locator(`#${id} tbody tr`).evaluateAll(rows => rows.map(row => [...row.cells].map(cell => [cell.textContent, cell.dataset.value ?? ''])));
    const excess = await cells('excess_table');
    assert.deepEqual(excess.map(row => row[0][0]), ['Geant4', 'float32', hostile_name, 'floor']);
    assert.deepEqual(excess[0].slice(1).map(cell => cell[1]), ['1.1022', '1.1021', '1.0363']);
    const separation = await cells('separation_table');
    assert.deepEqual(separation.map(row => row[0][0]), ['energies of layers over Ep', 'ECAL/Ep <i>']);  // in the order of the file, which octocal sorts
    assert.ok(separation[0][1][0].includes('worst: 0.0397 \u00b1 0.0078, layer 7'), separation[0][1][0]);
    const distances = await cells('distance_table');
    assert.deepEqual(distances.map(row => Number(row[2][1]).toFixed(4)), ['0.0158', '0.0198', '0.0278', '0.0035', '0.0075', '0.0155']);
    assert.equal(distances[0][1][0], 'Geant4, half against half');
    assert.ok((await page.locator('#classifier_table').textContent()).includes('It did not converge: its AUC says nothing.'));
  },

  async 'saves plots as SVG'({ page }) {
    const profile = await saved_svg(page, 'profile_y_log');
    for (const text of ['float32', 'Geant4', 'y [cell]', 'energy a shower [GeV]', 'ratio']) assert.ok(profile.text.includes(text), `${text} in ${profile.text}`);
    assert.ok(profile.paths > 30 && profile.width > 300);
    const shower = await saved_svg(page, 'display_1');
    assert.deepEqual(shower.images, ['data:image/png;base64,']);
    assert.equal(await page.locator('#display_1_plot canvas').count(), 1, 'the display must stay after it was saved');
  },

  async 'prints the numbers of the files'({ page }) {
    const cells = selector => page.locator(selector).evaluateAll(all => all.map(cell => [cell.textContent, cell.dataset.value]));
    const table3 = await cells('#table3 td.number');
    const expected = ['y_mean', 'y_width', 'z_mean', 'z_width'].flatMap(key => validation.samples.flatMap(({ table3: { [key]: one } }) =>
      [one.value, one.floor, one.relative_difference?.value, one.relative_difference?.floor]));
    assert.deepEqual(table3.map(([, value]) => value), expected.map(value => value === undefined ? undefined : String(value)));
    assert.deepEqual(table3.slice(4, 8).map(([text]) => text), ['12.0046 \u00b1 0.0040', '0.0064', '+0.003 \u00b1 0.047 %', '0.070 %']);
    assert.equal((await cells('#table4 td.number'))[0][0], '(1.395 \u00b1 0.084)\u00b710\u207b\u2076');
    assert.equal((await cells('#table5 td.number'))[1][0], '0.2420 \u00b1 0.0023');
    const change = (await cells('#change td.number')).map(([text]) => text);
    assert.deepEqual([change.slice(0, 2), change.slice(14, 17)], [['+0.00120 \u00b1 0.00030', '0.30'], ['+2.50 \u00b1 0.40', '0.50', '0.110 \u00b1 0.020']]);
    assert.deepEqual((await cells('#speed_table td.number')).filter((_, i) => i % 5 === 0), [['66.13 (65.2 to 66.9)', '66.13'], ['228.9', '228.9']]);
    assert.equal(await page.locator('#speedup').getAttribute('data-value'), '3.461');
    assert.deepEqual((await cells('#bench_table td.number')).slice(0, 3).map(([text]) => text), ['1.00', '0.981', '61.7']);
    assert.deepEqual((await cells('#streams_table td.number')).map(([, value]) => value), ['66.1', '130.9']);
    assert.deepEqual((await cells('#operations_table td.number')).map(([, value]) => value), ['20206.7', '105.7']);
    assert.deepEqual((await cells('#verdict_table td.number')).slice(0, 3).map(([text]) => text), ['\u00b11 %', '+0.050 \u00b1 0.040 %', '0.070 %']);
  },

  async 'shows classifiers, neighbours, correlations and warnings'({ page }) {
    const texts = selector => page.locator(selector).evaluateAll(all => all.map(one => one.textContent));
    assert.deepEqual((await texts('#classifier_table td.number')).filter((_, i) => i % 3 === 0), ['0.502 \u00b1 0.013', '0.635 \u00b1 0.013', '0.643 \u00b1 0.013',
      '0.495 \u00b1 0.012', '0.634 \u00b1 0.012', '0.634 \u00b1 0.012', '0.520 \u00b1 0.020']);
    const neighbours = await texts('#neighbour_table tbody tr:nth-child(2) td.number');
    assert.deepEqual(neighbours, ['0.06120 \u00b1 0.00020', '0.0551', '0.0520', '0.05500 \u00b1 0.00020', '0', '83.4 \u00b1 1.2 % (83.3 %)']);
    assert.ok((await texts('#neighbour_sentences li'))[0].includes('no copy of float32'));
    assert.deepEqual((await texts('#correlation_table td')).slice(2, 4), ['\u22120.210 \u00b1 0.050', '3 and 8']);
    assert.ok((await texts('#warnings li'))[0].includes('was not made from'));
  },

  async 'counts the verdicts and shows what fails'({ page }) {
    const boxes = await page.locator('.verdict').evaluateAll(all => all.map(box => [box.dataset.passed, box.dataset.limits, box.className]));
    assert.deepEqual(boxes, [['2', '3', 'verdict open'], ['1', '3', 'verdict fail']]);
    assert.ok(await page.locator('.verdict.fail li.fail').first().isVisible());
    assert.ok((await page.locator('.verdict.fail li.fail').first().textContent()).includes('beyond the limit'));
    assert.ok((await page.locator('.verdict.open h3').textContent()).includes('2 of 3 limits kept, 1 not judged'));
    assert.ok(await page.locator('.verdict.open li.open').first().isVisible());
    assert.equal(await page.locator('#verdict_table td.mark.open').count(), 2);
  },

  async 'shows layers that did not run as asked'({ page }) {
    const layers = page.locator('details.layers').first();
    assert.notEqual(await layers.getAttribute('open'), null);
    assert.ok((await layers.textContent()).includes('no float16 on this machine'));
    assert.equal(await layers.locator('td.differs').textContent(), 'float32');
  },

  async 'prints the displays, which WebGL alone would leave blank'({ page }) {
    await page.pdf({ format: 'A4' });
    const pictures = await page.locator('img.paper').evaluateAll(all => all.map(one => one.src));
    assert.equal(pictures.length, 3);
    for (const picture of pictures) {
      const { distinct } = await pixels(page, Buffer.from(picture.split(',')[1], 'base64'), []);
      assert.ok(distinct > 25, `${distinct} colours`);
    }
  },

  async 'fits a narrow window'({ page }) {
    for (const width of [1280, 800]) {
      await page.setViewportSize({ width, height: 900 });
      await page.waitForFunction(() => [...document.querySelectorAll('.plot')].every(plot => Math.abs(plot.querySelector('svg').getBoundingClientRect().width - plot.clientWidth) < 3));
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= width);
    }
  },
};

const alone = { ...validation, samples: [validation.samples[0]], energy_range_gev: [300, 300] };
let failed = 0;
async function check(name, test) {
  try {
    await test();
    console.log(`passed  ${name}`);
  } catch (failure) {
    ++failed;
    console.log(`FAILED  ${name}\n${failure.stack}`);
  }
}

try {
  const home = write_report('report', validation, bench), report = await open_report(home);
  try {
    const context = { ...report, home: pathToFileURL(home).href };
    for (const [name, test] of Object.entries(tests)) await check(name, () => test(context));
    await check('complains of nothing', async () => quiet(report.messages));
  } finally {
    await report.close();
  }
  await check('shows a reference alone, at one energy, without a benchmark', async () => {
    const single = await open_report(write_report('alone', alone));
    try {
      quiet(single.messages);
      assert.equal(await single.page.getAttribute('body', 'data-state'), 'drawn');
      assert.equal(await single.page.locator('#response_mean').count(), 0);
    } finally {
      await single.close();
    }
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
