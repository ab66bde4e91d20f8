/**
 * How an object's key becomes a path in a copy, and back. Names that every file system holds alike stay as they are. So do
 * names that `aws s3 sync` has written:
 *
 *     AWSLogs/111122223333/CloudTrail/…/x.json.gz      AWSLogs/111122223333/CloudTrail/…/x.json.gz
 *
 * A segment that some file system cannot hold, or that leads elsewhere, is escaped: `=_`, then its UTF-8 bytes with all but
 * small letters, digits, `_`, `-`, `+` and `@` as `=XX`. So no two escaped names differ by letter case only, and none
 * holds a `%`, which readers of BagIt manifests decode or not. Long ones are cut: each part but the last ends in `=~` and
 * holds the next, and nothing else: any other folder has its own name as its segment. The name of an object's file then ends in
 * `.object`, that of a folder never does:
 *
 *     AWSLogs/                                         AWSLogs/=_.object
 *     ../../etc/passwd                                 =_=2E=2E/=_=2E=2E/etc/passwd
 *     CON/x.json.gz                                    =_=43=4F=4E/x.json.gz
 *     a/<300 letters b>                                a/=_bb…bb=~/=_bb…bb.object
 *
 * The escaped form is always legal. A copy uses it too where a key is both an object and the folder of others
 * (`a/b` and `a/b/c`), and where two keys differ by letter case only: the second is escaped.
 */

/** Kept next to each object of a copy: the facts that S3 gave of it. */
export const SIDECAR_SUFFIX = '.s3-metadata.json';

const ESCAPED = '=_';
const CONTINUED = '=~';
/** Behind the escaped name of an object's file, so that no folder of other keys can have that name. */
const FILE_SUFFIX = '.object';
/** The longest name that file systems allow (ext4, xfs, APFS, NTFS), less the ending of a sidecar. */
const LONGEST_NAME = 255;
/** Characters of one escaped part. */
const LONGEST_PART = 180;
/** Of one that is continued: it had no room for three more. */
const SHORTEST_PART = LONGEST_PART - 2;
const PARTS = /=[0-9A-F]{2}|[a-z0-9_+@-]/g;
const ESCAPED_TEXT = /^(?:=[0-9A-F]{2}|[a-z0-9_+@-])*$/;
/** The names that every file system, shell and BagIt reader takes alike. */
const PORTABLE = /^[A-Za-z0-9_=+@][A-Za-z0-9._=+@-]{0,199}$/;
/** Names that are devices on Windows, with any ending behind a dot or a space ("Naming Files, Paths, and Namespaces"). */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[\d\u00b9\u00b2\u00b3])(?:[. ]|$)/i;
/** Names that no file has there, and those whose last dots or spaces are dropped, so that they lead to another's (same page). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are among them
const NOT_ON_WINDOWS = /[\\:<>"|?*\u0001-\u001f]|[. ]$/;
const SIDECAR = /\.s3-metadata\.json$/i;

/** Whether a name is that of an object's file or of a folder. */
export type NameKind = 'file' | 'folder';

/**
 * True where a file of this `system` can have that name, and the name leads nowhere else. On Windows no file has one that is a
 * path, a stream of another file (`a:b`) or a device, or that Windows cuts to another.
 */
export function canBeName(segment: string, system: NodeJS.Platform = process.platform): boolean {
  if (segment === '' || segment === '.' || segment === '..' || /[/\0]/.test(segment)) return false;
  return system !== 'win32' || !(NOT_ON_WINDOWS.test(segment) || DEVICE.test(segment));
}

/** True where a segment of a key may be found under its own name: it is no escaped form, and leads nowhere else. */
export function isPlainSegment(segment: string, system?: NodeJS.Platform): boolean {
  if (!canBeName(segment, system)) return false;
  return !segment.startsWith(ESCAPED) && Buffer.byteLength(segment) <= LONGEST_NAME;
}

/** True where a copy may write a segment under its own name on any file system: it is no device's or sidecar's, and no escaped form. */
export function isWritableSegment(segment: string): boolean {
  if (!PORTABLE.test(segment) || segment.startsWith(ESCAPED) || segment.endsWith('.')) return false;
  return !DEVICE.test(segment) && !SIDECAR.test(segment);
}

/** The escaped form of a segment: one name, or several, each the folder of the next. */
export function escapeSegment(segment: string, kind: NameKind): readonly string[] {
  const parts: string[] = [];
  let part = '';
  for (const token of escapeText(segment).match(PARTS) ?? []) {
    if (part.length + token.length > LONGEST_PART) {
      parts.push(ESCAPED + part + CONTINUED);
      part = '';
    }
    part += token;
  }
  return [...parts, ESCAPED + part + (kind === 'file' ? FILE_SUFFIX : '')];
}

/** The segments that the names of a path encode, each name the folder of the next; `continued` where the last holds the rest of the segment. */
export type ReadName =
  | { readonly kind: 'plain' }
  | { readonly kind: 'continued' }
  | { readonly kind: 'escaped'; readonly segment: string };

const PLAIN: ReadName = { kind: 'plain' };

/**
 * Reads the name or names of one segment. A name that `escapeSegment` would not write is its own segment. So is everything in a
 * copy made by other tools, so that no two paths are one key.
 */
export function readNames(names: readonly string[], kind: NameKind): ReadName {
  let text = '';
  for (const [at, name] of names.entries()) {
    if (!name.startsWith(ESCAPED)) return PLAIN;
    const isLast = at === names.length - 1;
    const isContinued = name.endsWith(CONTINUED);
    if (!isLast && !isContinued) return PLAIN;
    const suffix = isContinued ? CONTINUED : kind === 'file' ? FILE_SUFFIX : '';
    if (!name.endsWith(suffix)) return PLAIN;
    const part = name.slice(ESCAPED.length, name.length - suffix.length);
    if (!ESCAPED_TEXT.test(part)) return PLAIN;
    if (isContinued && part.length < SHORTEST_PART) return PLAIN;
    if (isLast && isContinued) return kind === 'folder' ? { kind: 'continued' } : PLAIN;
    text += part;
  }
  const segment = unescapeText(text);
  // A key is cut at its slashes, so that none is ever escaped.
  if (segment === undefined || segment.includes('/')) return PLAIN;
  const written = escapeSegment(segment, kind);
  const isWritten = written.length === names.length && written.every((name, at) => name === names[at]);
  return isWritten ? { kind: 'escaped', segment } : PLAIN;
}

function escapeText(segment: string): string {
  return Array.from(Buffer.from(segment, 'utf8'), escapeByte).join('');
}

function escapeByte(byte: number): string {
  const character = String.fromCharCode(byte);
  return /[a-z0-9_+@-]/.test(character) ? character : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Undefined where the bytes are no valid UTF-8. */
function unescapeText(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('=', '%'));
  } catch {
    return undefined;
  }
}
