/** Parts of packages that are loaded with them and never come to be used here, though they are most of a package or of its start. */
import type { Plugin } from 'esbuild';

interface LeftOut {
  /** Where it is imported, and as what. */
  readonly importer: RegExp;
  readonly path: RegExp;
  /** What stands in its place. */
  readonly contents: string;
}

const LEFT_OUT: readonly LeftOut[] = [
  // HTTP/2 is spoken only by a pool that was made with allowH2.
  {
    importer: /[\\/]undici[\\/]lib[\\/]dispatcher[\\/]client\.js$/,
    path: /^\.\/client-h2\.js$/,
    contents: 'module.exports = () => { throw new Error("HTTP/2 is not part of this bundle"); };',
  },
  // The bodies of fetch; a GET has none.
  {
    importer: /[\\/]undici[\\/]lib[\\/]dispatcher[\\/]client-h1\.js$/,
    path: /^\.\.\/web\/fetch\/body\.js$/,
    contents:
      'exports.extractBody = () => { throw new Error("bodies of fetch are not part of this bundle"); };',
  },
  // Commands that are programs of their own, which takes a fifth of the time of --help to load.
  {
    importer: /[\\/]commander[\\/]lib[\\/]command\.js$/,
    path: /^node:child_process$/,
    contents: 'exports.spawn = (...given) => require("child_process").spawn(...given);',
  },
];

const NAMESPACE = 'left-out';

/** Leaves them out. The build fails where one of them is not found any more. */
export function leaveOut(): Plugin {
  const missing = new Set(LEFT_OUT);
  return {
    name: 'left out',
    setup(build) {
      for (const [number, part] of LEFT_OUT.entries()) {
        build.onResolve({ filter: part.path }, ({ importer }) => {
          if (!part.importer.test(importer)) return undefined;
          missing.delete(part);
          return { path: String(number), namespace: NAMESPACE };
        });
      }
      build.onLoad({ filter: /^/, namespace: NAMESPACE }, ({ path }) => ({
        contents: LEFT_OUT[Number(path)]?.contents ?? '',
        resolveDir: '/',
      }));
      build.onEnd(() => ({
        errors: [...missing].map(({ path }) => ({ text: `nothing imports ${path} any more` })),
      }));
    },
  };
}
