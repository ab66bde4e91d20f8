import { element, encodeKey } from '../../test/support/aws-server/xml.ts';
import { sha256Hex } from '../../test/support/test-digest.ts';
import type { VirtualObject, VirtualRow, VirtualTrail } from '../data/virtual-trail.ts';
import { type Answer, errorAnswer, makeAnswer, xmlAnswer } from './answer.ts';
import type { Request } from './request.ts';

const PAGE = 1000;
const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** Answers for one bucket: whole objects are made ready once, listings when they are asked for. */
export class BucketAnswers {
  readonly #trail: VirtualTrail;
  readonly #objects = new Map<string, Answer>();
  /** Answers for log files by what they hold: many keys share one. */
  readonly #byContent = new Map<Buffer, Answer>();

  constructor(trail: VirtualTrail) {
    this.#trail = trail;
  }

  /** Makes every object ready, so that no request waits for it. */
  prepare(): void {
    for (const { key } of this.#trail.list('')) this.#object(key);
  }

  answer(request: Request): Answer {
    const { bucket } = this.#trail.shape;
    const path = decodeURIComponent(request.path);
    if (path === `/${bucket}` || path === `/${bucket}/`) return this.#ofBucket(request);
    if (!path.startsWith(`/${bucket}/`)) return errorAnswer(404, 'NoSuchBucket');
    const key = path.slice(bucket.length + 2);
    const answer = this.#object(key);
    if (answer === undefined) return errorAnswer(404, 'NoSuchKey');
    if (request.method !== 'HEAD') return answer;
    const object = this.#trail.open(key);
    return object === undefined
      ? errorAnswer(404, 'NoSuchKey')
      : makeAnswer(200, headersOf(object), object.bytes, false);
  }

  #ofBucket({ method, query }: Request): Answer {
    const parameters = new URLSearchParams(query);
    if (method === 'HEAD') return makeAnswer(200, { 'x-amz-bucket-region': 'us-east-1' }, Buffer.alloc(0));
    if (parameters.has('location')) return xmlAnswer(`<LocationConstraint xmlns="${NAMESPACE}"/>`);
    if (parameters.has('versioning')) return xmlAnswer(`<VersioningConfiguration xmlns="${NAMESPACE}"/>`);
    if (parameters.has('object-lock')) return errorAnswer(404, 'ObjectLockConfigurationNotFoundError');
    if (parameters.has('lifecycle')) return errorAnswer(404, 'NoSuchLifecycleConfiguration');
    return xmlAnswer(this.#listing(parameters));
  }

  #object(key: string): Answer | undefined {
    const known = this.#objects.get(key);
    if (known !== undefined) return known;
    const object = this.#trail.open(key);
    if (object === undefined) return undefined;
    const isLog = Object.keys(object.metadata).length === 0;
    const shared = isLog ? this.#byContent.get(object.bytes) : undefined;
    const answer = shared ?? makeAnswer(200, headersOf(object), object.bytes);
    if (isLog) this.#byContent.set(object.bytes, answer);
    this.#objects.set(key, answer);
    return answer;
  }

  #listing(parameters: URLSearchParams): string {
    const prefix = parameters.get('prefix') ?? '';
    const delimiter = parameters.get('delimiter') ?? '';
    const token = parameters.get('continuation-token');
    const marker = parameters.get('marker') ?? parameters.get('start-after') ?? '';
    const after = token === null ? marker : Buffer.from(token, 'base64url').toString();
    const encode = parameters.get('encoding-type') === 'url' ? encodeKey : (key: string): string => key;
    const head = [
      element('Name', this.#trail.shape.bucket),
      element('Prefix', encode(prefix)),
      element('EncodingType', 'url'),
      element('MaxKeys', PAGE),
    ];
    if (delimiter === '/') {
      const folders = this.#trail.folders(prefix);
      const rows = folders.map(
        (name) => `<CommonPrefixes>${element('Prefix', encode(name))}</CommonPrefixes>`,
      );
      return document([...head, element('IsTruncated', false), ...rows]);
    }
    const most = Math.min(PAGE, Number(parameters.get('max-keys') ?? PAGE));
    const rows: VirtualRow[] = [];
    for (const row of this.#trail.list(prefix, after)) if (rows.push(row) > most) break;
    const isTruncated = rows.length > most;
    const shown = rows.slice(0, most);
    const last = shown.at(-1)?.key ?? '';
    const next = isTruncated ? element('NextContinuationToken', Buffer.from(last).toString('base64url')) : '';
    const contents = shown.map(({ key, size, lastModified }) =>
      [
        '<Contents>',
        element('Key', encode(key)),
        element('LastModified', new Date(lastModified).toISOString()),
        `<ETag>&quot;0123456789abcdef0123456789abcdef&quot;</ETag>`,
        element('Size', size),
        '<StorageClass>STANDARD</StorageClass></Contents>',
      ].join(''),
    );
    return document([
      ...head,
      element('KeyCount', shown.length),
      element('IsTruncated', isTruncated),
      next,
      ...contents,
    ]);
  }
}

function document(parts: readonly string[]): string {
  return `<ListBucketResult xmlns="${NAMESPACE}">${parts.join('')}</ListBucketResult>`;
}

function headersOf({ bytes, metadata, lastModified }: VirtualObject): Record<string, string> {
  const own = Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]);
  return {
    'content-type': 'application/json',
    'content-encoding': 'gzip',
    'last-modified': new Date(lastModified).toUTCString(),
    etag: `"${sha256Hex(bytes).slice(0, 32)}"`,
    'x-amz-storage-class': 'STANDARD',
    date: new Date(lastModified).toUTCString(),
    ...Object.fromEntries(own),
  };
}
