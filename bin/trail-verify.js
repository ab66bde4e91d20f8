#!/usr/bin/env node
// The AWS SDK announces the end of its support for a Node version on every start; the engines field speaks for us.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `trail-verify: Node ${process.versions.node} is too old\nhint: install Node 20.19 or newer\n`,
  );
  process.exit(2);
}

const { main } = await import('../dist/cli/main.js');
await main(process.argv.slice(2));
