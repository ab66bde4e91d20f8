import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Where Debian, other Linux distributions, macOS and an explicit wish have a browser of the Chromium family. */
const PLACES = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The first browser that is there; undefined, with the reason on the console, where there is none. */
export function findBrowser(): string | undefined {
  const found = PLACES.find((place) => place !== undefined && existsSync(place));
  if (found === undefined) {
    console.log('skipped, for no Chromium was found: install Debian’s chromium or set CHROMIUM to its path');
  }
  return found;
}

/** Starts it without a window. Root has no sandbox, and a container's /dev/shm is small. */
export function startBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
