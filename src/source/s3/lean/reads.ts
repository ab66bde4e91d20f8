/**
 * The hot path of reading objects and listings: one GET, signed here and sent over a connection that is kept. It costs about a
 * sixth of the processor time that the SDK's client takes. The SDK's client does everything that this path does not speak.
 */

import type { S3Client } from '@aws-sdk/client-s3';
import { AnswerNotUnderstoodError } from '../../../aws/failure.ts';
import type { AwsSession } from '../../../aws/session.ts';
import { systemClock } from '../../../base/clock.ts';
import { TrailVerifyError } from '../../../base/errors.ts';
import type { ObjectRef, OpenOptions, StoredObject } from '../../source.ts';
import { checkVersionId, partOfObject } from '../answer-check.ts';
import { bucketEndpoint, ReadSigner, type SkewMeter } from '../clients.ts';
import { bodyLength } from '../retry.ts';
import type { SignedGet } from './get-signer.ts';
import { type Answer, type AnswerHead, type BodyRoom, httpPool } from './http-pool.ts';
import { PrefixGates } from './prefix-gates.ts';
import { describeObject, joined } from './reader.ts';
import { answerError, type ListPage, MAX_ERROR_BODY, parseListPage } from './xml.ts';

/** Reads of objects and listings without the SDK's client. */
export interface LeanReads {
  /**
   * One try at one object of a bucket in the client's Region; undefined where the SDK must be asked instead. Rejects
   * with an error that has the fields of the SDK's, with IncompleteBodyError, or OBJECT_TOO_LARGE.
   */
  get(client: S3Client, ref: ObjectRef, options: OpenOptions): Promise<StoredObject | undefined>;
  /** One try at one page of a listing, as `get`. */
  list(client: S3Client, request: PageRequest): Promise<ListPage | undefined>;
}

/** Which page of a bucket's listing: the parameters of ListObjectsV2 by their names there, but for `list-type`. */
export interface PageRequest {
  readonly bucket: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** A thousand keys of 1,024 bytes, each of which may take three characters, take 3.4 MB; other servers may send more. */
const MAX_PAGE = 16 * 1024 * 1024;

/** Lean reads in a session; `meter` sees the time of every answer. */
export function leanReads(session: AwsSession, meter: SkewMeter): LeanReads {
  const pool = httpPool({
    connections: session.connections,
    connectMs: session.connectTimeoutMs,
    idleMs: session.requestTimeoutMs,
    patienceOf: session.patienceOf,
    wayTo: session.wayTo,
  });
  const gates = new PrefixGates();
  const signers = new WeakMap<S3Client, Map<string, Promise<ReadSigner | undefined>>>();
  const signerOf = (client: S3Client, bucket: string): Promise<ReadSigner | undefined> => {
    const ofClient = signers.get(client) ?? new Map<string, Promise<ReadSigner | undefined>>();
    signers.set(client, ofClient);
    const known = ofClient.get(bucket);
    if (known !== undefined) return known;
    const made = bucketEndpoint(client, bucket).then(
      (endpoint) =>
        endpoint === undefined ? undefined : new ReadSigner(client, endpoint, session.requestPayer),
      // The SDK reports best why something cannot be resolved.
      () => undefined,
    );
    ofClient.set(bucket, made);
    return made;
  };
  const ask = async (
    signing: Promise<SignedGet>,
    roomOf: (head: AnswerHead) => BodyRoom | Promise<BodyRoom>,
  ): Promise<Answer | undefined> => {
    try {
      const signed = await signing;
      const sent = systemClock.now();
      const admit = async (head: AnswerHead): Promise<BodyRoom> => {
        meter.add({ sent, received: systemClock.now(), date: textOf(head, 'date') });
        return head.status === 200 ? roomOf(head) : { upTo: MAX_ERROR_BODY };
      };
      return spokenAnswer(await pool.get({ ...signed, admit }));
    } catch (error) {
      if (isUnspoken(error)) return undefined;
      throw error;
    }
  };
  // Buckets whose listings come in a shape that only the SDK reads are asked for them once.
  const onlySdk = new Set<string>();
  return {
    get: async (client, ref, options) => {
      const signer = await signerOf(client, ref.bucket);
      if (signer === undefined) return undefined;
      return gates.pass(ref, async () => {
        const answer = await ask(signer.sign(ref), async (head) => {
          if (head.headers['content-range'] !== undefined) throw partOfObject();
          checkVersionId(textOf(head, 'x-amz-version-id'));
          const length = bodyLength(ref, contentLength(head), options.maxBytes);
          await options.admit?.(length);
          return { length, isObject: true };
        });
        return answer === undefined ? undefined : storedObject(answer);
      });
    },
    list: async (client, { bucket, parameters }) => {
      const signer = onlySdk.has(bucket) ? undefined : await signerOf(client, bucket);
      if (signer === undefined) return undefined;
      const { prefix = '' } = parameters;
      return gates.pass({ bucket, key: prefix }, async () => {
        const signing = signer.signQuery({ ...parameters, 'list-type': '2' });
        const answer = await ask(signing, roomOfPage);
        const page = answer === undefined ? undefined : parseListPage(answer.bytes.toString());
        if (answer !== undefined && page === undefined) onlySdk.add(bucket);
        return page;
      });
    },
  };
}

/** An answer with status 200; undefined for one that only the SDK understands. Throws what S3 says else. */
function spokenAnswer(answer: Answer): Answer | undefined {
  if (answer.status === 200) return answer;
  if (answer.status < 300) {
    const words = `the server answered ${answer.status}, which is no answer to this`;
    throw new AnswerNotUnderstoodError(words, answer.status);
  }
  const error = answerError(answer, answer.bytes);
  if (error !== undefined) throw error;
  return undefined;
}

/** S3 sends listings in chunks, without their length. */
function roomOfPage(head: AnswerHead): BodyRoom {
  const length = contentLength(head);
  return length === undefined || length > MAX_PAGE ? { upTo: MAX_PAGE } : { length };
}

/** A key that no path can carry, and an answer that is not HTTP as this path understands it. */
function isUnspoken(error: unknown): boolean {
  if (error instanceof TrailVerifyError) return false;
  if (error instanceof URIError) return true;
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && /^(?:HPE_|UND_ERR_)/.test(code);
}

function storedObject({ headers, bytes }: Answer): StoredObject | undefined {
  const description = describeObject(headers);
  return description === undefined ? undefined : { bytes, ...description };
}

function contentLength(head: AnswerHead): number | undefined {
  const text = textOf(head, 'content-length');
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function textOf({ headers }: AnswerHead, name: string): string | undefined {
  return joined(headers[name]);
}
