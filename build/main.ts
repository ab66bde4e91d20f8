/** `npm run build`, behind the compiler: makes the bundle of the command, and its manual pages. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleCommand } from './bundle.ts';
import { commitOf } from './commit.ts';
import { writeManPages } from './man-pages.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
await bundleCommand(path.join(root, 'dist/command'), commitOf(root));
writeManPages(path.join(root, 'dist/man'));
