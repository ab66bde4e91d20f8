import * as z from 'zod/mini';
import { isoTime } from '../../base/clock.ts';
import { parseBy } from '../../base/document-schema.ts';
import { type Acceptance, isAcceptable, isCloseEnough } from '../../findings/acceptance.ts';
import { FINDING_CODES, isFindingCode } from '../../render/text/explain.ts';
import { invalidFile, type OptionFile, optionDocument, readOptionFile, wrongEntry } from './files.ts';

const MOST_ACCEPTANCES = 1000;
const HINT =
  'for example [{"name": "migration gap", "code": "CHAIN_RESTARTED", "chain": "111122223333/*", "window": {"from": "2026-11-02T10:00:00Z", "to": "2026-11-02T14:00:00Z"}, "reason": "trail moved, change 4711", "acceptedBy": "internal audit", "expires": "2027-01-31"}]';

/** A control character or a line end in a word that stands in every report has no good use. */
const words = (most: number) =>
  z
    .string()
    .check(
      z.maxLength(most, `is longer than ${most} characters`),
      z.regex(/^(?!\s*$)[^\p{Cc}]+$/u, 'is empty or holds a control character'),
    );
const pattern = words(1024).check(
  z.refine((text) => /[^*\s]/.test(text), 'names nothing: * alone would accept everything'),
);
const day = z
  .string()
  .check(
    z.regex(
      /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}Z)?$/,
      'is no date and no time such as 2027-01-31T00:00:00Z',
    ),
    z.refine(isDay, 'is a day or time that there is not'),
  );
const time = z.pipe(
  day,
  z.transform((text: string) => isoTime(Date.parse(text))),
);
const acceptable = z.transform((text: string, { issues }) => {
  if (isFindingCode(text) && isAcceptable(text)) return text;
  const known = FINDING_CODES.filter(isAcceptable).join(', ');
  const message = isFindingCode(text)
    ? `${text} cannot be accepted; what can is ${known}`
    : `there is no finding code ${JSON.stringify(text.slice(0, 60))}`;
  issues.push({ code: 'custom', message, input: text });
  return z.NEVER;
});
const window = z.strictObject({ from: z.optional(time), to: z.optional(time) }).check(
  z.refine(({ from, to }) => from !== undefined || to !== undefined, 'has neither from nor to'),
  z.refine(({ from = '', to = '~' }) => from < to, 'ends before it begins'),
);
const acceptance = z
  .strictObject({
    name: words(100),
    code: z.pipe(z.string(), acceptable),
    object: z.optional(pattern),
    chain: z.optional(pattern),
    window: z.optional(window),
    reason: words(2000),
    acceptedBy: words(200),
    expires: time,
  })
  .check(
    z.refine(
      ({ object, chain, window }) => object !== undefined || chain !== undefined || window !== undefined,
      'names neither object nor chain nor window',
    ),
    z.refine(isCloseEnough, 'accepts findings of keys: it must name the very object, without *'),
  );

/**
 * The acceptances of a file: a JSON array of `{name, code, object, chain, window, reason, acceptedBy, expires}`; a date is
 * its beginning in UTC. Throws CONFIGURATION, naming the file and the entry, for anything else, and for codes that are
 * never accepted. `onFile` sees its bytes.
 */
export async function readAcceptFile(
  file: string,
  onFile?: (name: string, bytes: Uint8Array) => void,
): Promise<readonly Acceptance[]> {
  const about: OptionFile = { option: '--accept', file, most: 1, hint: HINT };
  const bytes = await readOptionFile(about);
  onFile?.(file, bytes);
  const document = optionDocument(bytes, about);
  if (!Array.isArray(document)) throw invalidFile(about, 'is not a JSON array');
  if (document.length > MOST_ACCEPTANCES)
    throw invalidFile(about, `holds more than ${MOST_ACCEPTANCES} entries`);
  const acceptances: Acceptance[] = [];
  const names = new Set<string>();
  for (const [index, entry] of document.entries()) {
    const parsed = parseBy(acceptance, entry);
    if ('problem' in parsed) throw wrongEntry(about, `entry ${index + 1}`, parsed.problem);
    const { object, chain, window, ...rest } = parsed.value;
    if (names.has(rest.name)) throw invalidFile(about, `calls two entries ${JSON.stringify(rest.name)}`);
    names.add(rest.name);
    acceptances.push({
      ...rest,
      ...(object === undefined ? {} : { object }),
      ...(chain === undefined ? {} : { chain }),
      ...(window === undefined ? {} : { window: withoutAbsent(window) }),
    });
  }
  return acceptances;
}

function withoutAbsent({ from, to }: { from?: string | undefined; to?: string | undefined }) {
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

/** Date.parse lets the 30th of February run over into March. */
function isDay(text: string): boolean {
  const at = Date.parse(text);
  return !Number.isNaN(at) && isoTime(at).startsWith(text.replace(/Z$/, ''));
}
