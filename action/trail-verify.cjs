#!/usr/bin/env node
// CommonJS (see package.json beside it), so that a Node that is too old still says so.
const { setFlagsFromString } = require('node:v8');

// The AWS SDK announces the end of its support for a Node version on every start; the engines field speaks for us.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `trail-verify: Node ${process.versions.node} is too old\nhint: install Node 20.19 or newer\n`,
  );
  process.exit(2);
}

// The heap may grow by half, not fourfold, before garbage is collected: a run that lasts hours stays within 400 MB.
setFlagsFromString('--heap-growing-percent=50');

// Only a run that has come to its end says so: a process in which nothing is left to wait for before that has failed.
process.exitCode = 4;
process.on('beforeExit', () => {
  process.stderr.write('trail-verify: it ended before it was done, which is a fault of this program\n');
});

import('./command/main.js').then(({ main }) => main(process.argv.slice(2)));
