/**
 * What the SDK takes for an answer of a JSON service and is none. It reads a document without a field as one whose list is
 * empty: then an organization has no members, an account no Regions, and nothing is missing.
 */
import { AnswerNotUnderstoodError } from './answer-problem.ts';

/** What a field holds: a word, a number or a time, a truth, an object with fields, or a list of those. */
type Shape = 'text' | 'number' | 'truth' | Fields | readonly [Fields];
interface Fields {
  readonly [name: string]: Shape;
}

const TRAIL: Fields = {
  TrailARN: 'text',
  S3BucketName: 'text',
  HomeRegion: 'text',
  IsMultiRegionTrail: 'truth',
  IsOrganizationTrail: 'truth',
  LogFileValidationEnabled: 'truth',
};

/** What each operation always answers (API references), as far as something is concluded from it. */
const ANSWERS: Readonly<Record<string, Fields>> = {
  ListPublicKeys: {
    PublicKeyList: [
      { Fingerprint: 'text', Value: 'text', ValidityStartTime: 'number', ValidityEndTime: 'number' },
    ],
  },
  DescribeTrails: { trailList: [TRAIL] },
  GetTrail: { Trail: TRAIL },
  GetTrailStatus: { IsLogging: 'truth' },
  DescribeOrganization: { Organization: { Id: 'text', MasterAccountId: 'text' } },
  ListAccounts: { Accounts: [{ Id: 'text' }] },
  ListRegions: { Regions: [{ RegionName: 'text', RegionOptStatus: 'text' }] },
};

/** Checks the body of a 200 to that operation. Throws AnswerNotUnderstoodError. */
export function checkServiceAnswer(operation: string, body: Uint8Array): void {
  const shape = Object.hasOwn(ANSWERS, operation) ? ANSWERS[operation] : undefined;
  if (shape === undefined) return;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    throw new AnswerNotUnderstoodError(`the server answered ${operation} with what is no JSON`);
  }
  checkShape(operation, '', shape, value);
}

function checkShape(operation: string, name: string, shape: Shape, value: unknown): void {
  if (shape === 'text' || shape === 'number' || shape === 'truth') {
    const isText = typeof value === 'string' && value !== '';
    const fits = { text: isText, number: typeof value === 'number', truth: typeof value === 'boolean' };
    if (!fits[shape]) throw without(operation, name);
  } else if (isList(shape)) {
    if (!Array.isArray(value)) throw without(operation, name);
    for (const row of value) checkShape(operation, name, shape[0], row);
  } else {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw without(operation, name);
    const fields = new Map<string, unknown>(Object.entries(value));
    for (const [field, inner] of Object.entries(shape))
      checkShape(operation, field, inner, fields.get(field));
  }
}

function without(operation: string, name: string): AnswerNotUnderstoodError {
  return new AnswerNotUnderstoodError(`the server answered ${operation} without ${name || 'an object'}`);
}

function isList(shape: Fields | readonly [Fields]): shape is readonly [Fields] {
  return Array.isArray(shape);
}
