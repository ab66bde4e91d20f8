/** The program of action.yml: `npm run build:action` makes `action/main.js` of it, and the command that it runs next to it. */
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { act } from './act.ts';

process.exitCode = await act({
  environment: process.env,
  command: fileURLToPath(new URL('./trail-verify.cjs', import.meta.url)),
  write: (text) => process.stdout.write(text),
  wait: (milliseconds) => setTimeout(milliseconds),
  host: process,
});
