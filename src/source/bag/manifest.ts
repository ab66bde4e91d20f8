/**
 * The manifests of a BagIt bag (RFC 8493, 2.1.3): a line for each file, its SHA-256, two spaces and its path, in which
 * only CR, LF and `%` are percent-encoded. Names in our bags are portable, so none ever is.
 */

/** The payload manifest, which names every file of evidence, and that of the files around it. */
export const PAYLOAD_MANIFEST = 'manifest-sha256.txt';
export const TAG_MANIFEST = 'tagmanifest-sha256.txt';

/** SHA-256 (lower-case hex) by path. */
export type Manifest = ReadonlyMap<string, string>;

/** Which paths may stand in a manifest. */
export type ManifestKind = 'payload' | 'tag';

const PATHS: Readonly<Record<ManifestKind, RegExp>> = {
  payload: /^data(?:\/(?!\.{1,2}(?:\/|$))(?:[A-Za-z0-9._=+@~-]|%25)+)+$/,
  tag: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
};
const LINE = /^([0-9a-f]{64}) {2}(.+)$/;

/** A manifest as its file: sorted by path, a line end behind each line. */
export function formatManifest(manifest: Manifest): string {
  const paths = [...manifest.keys()].sort();
  return paths.map((path) => `${manifest.get(path)}  ${path.replaceAll('%', '%25')}\n`).join('');
}

/** The manifest in a file's text; or in words why it is none, as this tool writes them: strict, each path once and safe. */
export function parseManifest(text: string, kind: ManifestKind): Manifest | string {
  const manifest = new Map<string, string>();
  if (!text.endsWith('\n')) return 'does not end with a line end';
  for (const [index, line] of text.slice(0, -1).split('\n').entries()) {
    const [, sha256, path] = LINE.exec(line) ?? [];
    if (sha256 === undefined || path === undefined || !PATHS[kind].test(path))
      return `has a line ${index + 1} that is none`;
    const plain = path.replaceAll('%25', '%');
    if (manifest.has(plain)) return `names a file twice, in line ${index + 1}`;
    manifest.set(plain, sha256);
  }
  return manifest;
}
