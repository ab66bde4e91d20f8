/** `npm run build`, behind the compiler: makes the bundle of the command. */
import { fileURLToPath } from 'node:url';
import { bundleCommand } from './bundle.ts';

await bundleCommand(fileURLToPath(new URL('../dist/command', import.meta.url)));
