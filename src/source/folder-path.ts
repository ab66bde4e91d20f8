/**
 * How an object's key becomes a path in a copy, and back. What a file system can hold stands as it is, so that
 * a copy made by `aws s3 sync` is read verbatim:
 *
 *     AWSLogs/111122223333/CloudTrail/…/x.json.gz      AWSLogs/111122223333/CloudTrail/…/x.json.gz
 *
 * A segment that it cannot hold, or that would lead elsewhere, is escaped: `%_`, then its UTF-8 bytes with all but
 * letters, digits, `_`, `-`, `=`, `+` and `@` as `%XX`. Long ones are cut, each part but the last ending in `%~`
 * and holding the next:
 *
 *     AWSLogs/                                         AWSLogs/%_
 *     ../../etc/passwd                                 %_%2E%2E/%_%2E%2E/etc/passwd
 *     a/<300 letters b>                                a/%_bb…bb%~/%_bb…bb
 *
 * The escaped form is always legal. A copy uses it too where a key is both an object and the folder of others
 * (`a/b` and `a/b/c`): the one that comes second is escaped.
 */

/** Kept beside each object of a copy: what S3 said of it. */
export const SIDECAR_SUFFIX = '.s3-metadata.json';

const ESCAPED = '%_';
const CONTINUED = '%~';
/** What file systems allow for a name (ext4, xfs, APFS, NTFS), less what a sidecar adds. */
const LONGEST_NAME = 255;
/** Characters of one escaped part. */
const LONGEST_PART = 180;
const PARTS = /%[0-9A-F]{2}|[A-Za-z0-9_=+@-]/g;
const ESCAPED_TEXT = /^(?:%[0-9A-F]{2}|[A-Za-z0-9_=+@-])*$/;

/** True where a segment of a key may be found under its own name: it is no escaped form, and leads nowhere else. */
export function isPlainSegment(segment: string): boolean {
  if (segment === '' || segment === '.' || segment === '..' || /[/\0]/.test(segment)) return false;
  return Buffer.byteLength(segment) <= LONGEST_NAME && !readName(segment).escaped;
}

/** True where a copy may write a segment under its own name: it is no sidecar's, and leaves room for its sidecar's. */
export function isWritableSegment(segment: string): boolean {
  if (!isPlainSegment(segment) || segment.endsWith(SIDECAR_SUFFIX)) return false;
  return Buffer.byteLength(segment) + SIDECAR_SUFFIX.length <= LONGEST_NAME;
}

/** The escaped form of a segment: one name, or several, each the folder of the next. */
export function escapeSegment(segment: string): readonly string[] {
  const text = Array.from(Buffer.from(segment, 'utf8'), escapeByte).join('');
  const parts: string[] = [];
  let part = '';
  for (const token of text.match(PARTS) ?? []) {
    if (part.length + token.length > LONGEST_PART) {
      parts.push(ESCAPED + part + CONTINUED);
      part = '';
    }
    part += token;
  }
  return [...parts, ESCAPED + part];
}

/** What one name of a path stands for; `continued` where the folder of that name holds the rest of the segment. */
export interface ReadName {
  /** Text of the segment, still in `%XX` where `escaped`. */
  readonly text: string;
  readonly escaped: boolean;
  readonly continued: boolean;
}

/** Reads one name. What only looks escaped stands for itself, as everything does in a copy made by other tools. */
export function readName(name: string): ReadName {
  const plain: ReadName = { text: name, escaped: false, continued: false };
  if (!name.startsWith(ESCAPED)) return plain;
  const continued = name.endsWith(CONTINUED);
  const text = name.slice(ESCAPED.length, continued ? -CONTINUED.length : undefined);
  return ESCAPED_TEXT.test(text) ? { text, escaped: true, continued } : plain;
}

/** The segment that the joined text of all its escaped parts stands for; undefined where they are no valid UTF-8. */
export function unescapeText(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function escapeByte(byte: number): string {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9_=+@-]/.test(character)
    ? character
    : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
