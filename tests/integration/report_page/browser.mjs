// SPDX-License-Identifier: Apache-2.0
// A headless Chromium of its own for one page from disk; keeps what the page complained of and what it asked for.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

// playwright-core only drives the browser; the browser is the system's.
const { chromium } = createRequire(import.meta.url)('playwright-core');
const executable = process.env.CHROMIUM || '/usr/bin/chromium';
const flags = ['--no-sandbox', '--disable-gpu', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-quic',
  '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/**
 * Opens FOLDER/index.html and waits until every plot is drawn or has failed.
 * Returns { page, messages, requests, close }: console errors and warnings of the page, and addresses that it asked for.
 */
export async function open_report(folder, { width = 1280, height = 900, scale = 1 } = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'octocal-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executable, headless: true, args: flags, viewport: { width, height }, deviceScaleFactor: scale, acceptDownloads: true });
  const close = async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const page = await context.newPage(), messages = [], requests = [];
    page.on('console', message => { if (['error', 'warning'].includes(message.type())) messages.push(`${message.type()}: ${message.text()}`); });
    page.on('pageerror', error => messages.push(`exception: ${error.message}`));
    page.on('request', request => requests.push(request.url()));
    await page.goto(pathToFileURL(join(resolve(folder), 'index.html')).href);
    await page.waitForFunction(() => document.body.dataset.state !== undefined, null, { timeout: 120000 });
    return { page, messages, requests, close };
  } catch (failure) {
    await close();
    throw failure;
  }
}
