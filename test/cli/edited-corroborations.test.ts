/**
 * A corroboration that nobody signed, and that somebody edited who keeps its hashes right: all who read one come to one verdict. Each row
 * is an edit, and says what the four commands that take a folder do, and both checks of a bag that has the folder in it.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sha256 } from '../../src/crypto/hash.ts';
import { type CorroborationDocument, formatCorroboration } from '../../src/witness/document.ts';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import { AUDITOR, certificateFile, changeFile, filesOf, remakeManifest } from '../support/evidence-bag.ts';
import { opensslAbsence } from '../support/openssl.ts';
import { signFile } from '../support/sign-file.ts';
import { silencedTrail } from '../support/silenced-trail.ts';
import { runScript } from '../support/verify-script.ts';

const HOME = process.cwd();
const temporary = mkdtempSync(path.join(tmpdir(), 'trail-verify-edited-'));
const hasOpenssl = opensslAbsence() === undefined;
let trust = '';

beforeAll(async () => {
  stubAwsEnvironment();
  process.chdir(temporary);
  trust = certificateFile(temporary, AUDITOR);
  const names = JSON.parse('{"requestParameters":{"__proto__":{"a":1},"half":"\\udc00"}}');
  const during = ['RunInstances', 'StopLogging', '\ud800Half'];
  const trail = await silencedTrail(during, (name) => (name.endsWith('Half') ? names : {}));
  try {
    expect(await trail.verify('--bag', '--events', 'events')).toBe(3);
    expect(await trail.corroborate()).toBe(3);
  } finally {
    await trail.server.close();
  }
  await signFile('out/report.json', AUDITOR);
  remakeManifest('out', 'tagmanifest-sha256.txt');
  cpSync('out', 'with', { recursive: true });
  await runCommand(['evidence', 'add', 'with', '--corroboration', 'witness']);
});
afterAll(() => {
  process.chdir(HOME);
  vi.unstubAllEnvs();
  rmSync(temporary, { recursive: true });
});

/** What each of the readers comes to. */
interface Verdicts {
  readonly add: number;
  readonly explain: number;
  readonly render: number;
  readonly query: number;
  /** The first word of the last line of `evidence verify`, and whether it says that no command takes the corroboration. */
  readonly verify: string;
  readonly script: string;
}

const of = (code: number, verify: string): Verdicts => ({
  add: code,
  explain: code,
  render: code,
  query: code,
  verify,
  script: verify.replace(', with a note', ''),
});
/** As `corroborate` might have written it. Queries end with the code of the report. */
const TAKEN: Verdicts = { ...of(0, 'GENUINE'), query: 3 };
/** A shell cannot judge it. */
const NOTED = of(5, 'GENUINE, with a note');
const REFUSED = of(5, 'REFUSED');
/** It may be a mistake of the caller. */
const OF_ANOTHER = of(2, 'REFUSED');

async function verdicts(folder: string): Promise<Verdicts> {
  rmSync('bag', { recursive: true, force: true });
  cpSync('out', 'bag', { recursive: true });
  const code = async (...args: readonly string[]): Promise<number> =>
    (await runCommand([...args, '--corroboration', folder])).exitCode;
  const add = await code('evidence', 'add', 'bag');
  if (add !== 0) expect(filesOf('bag')).toEqual(filesOf('out'));
  const explain = await code('explain-gap', 'out/report.json');
  const render = await code('report', 'render', 'out/report.json', '--format', 'html');
  const sql = "SELECT eventname, event ->> '$.eventName' FROM witness_events";
  const query = await code('query', sql, '--events', 'events', '--no-sign');
  rmSync('bag', { recursive: true });
  cpSync('with', 'bag', { recursive: true });
  for (const name of filesOf('bag/witness')) if (name !== 'README.md') rmSync(`bag/witness/${name}`);
  cpSync(folder, 'bag/witness', { recursive: true });
  remakeManifest('bag', 'tagmanifest-sha256.txt');
  const { out } = await runCommand(['evidence', 'verify', 'bag', '--trust', trust]);
  const word = (text: string): string => text.trimEnd().split('\n').at(-1)?.split(':')[0] ?? '';
  const isNoted = out.includes(': no command that reads one takes it\n') && word(out) !== 'REFUSED';
  const script = hasOpenssl ? runScript([trust, '-', 'bag']).conclusion : out;
  if (hasOpenssl) expect(script.split(' (')[0]).toBe(out.trimEnd().split('\n').at(-1)?.split(' (')[0]);
  return {
    add,
    explain,
    render,
    query,
    verify: `${word(out)}${isNoted ? ', with a note' : ''}`,
    script: word(script),
  };
}

type Edit = (folder: string) => void;
type Line = Record<string, unknown> & { event: Record<string, unknown> };

const DOCUMENT = 'corroboration.json';
const RECOVERED = 'recovered.jsonl';
const inDocument =
  (change: (text: string) => string): Edit =>
  (folder) =>
    changeFile(folder, DOCUMENT, (bytes) => Buffer.from(change(bytes.toString('latin1')), 'latin1'));
const document =
  (change: (read: CorroborationDocument) => object): Edit =>
  (folder) => {
    const read = JSON.parse(readFileSync(path.join(folder, DOCUMENT), 'utf8'));
    writeFileSync(path.join(folder, DOCUMENT), formatCorroboration({ ...read, ...change(read) }));
  };
/** Edits the list, and has the document name and count it. */
const inList =
  (change: (text: string) => string): Edit =>
  (folder) => {
    changeFile(folder, RECOVERED, (bytes) => Buffer.from(change(bytes.toString('latin1')), 'latin1'));
    const bytes = readFileSync(path.join(folder, RECOVERED));
    const lines = bytes.toString('latin1').replace(/\n$/, '').split('\n').length;
    document(({ recovered }) => ({ recovered: { ...recovered, sha256: sha256(bytes), lines } }))(folder);
  };
const inLine = (change: (line: string) => string): Edit => inList((text) => text.replace(/.*/, change));
const line = (change: (read: Line) => object): Edit =>
  inLine((text) => {
    const read: Line = JSON.parse(text);
    return JSON.stringify({ ...read, ...change(read) }).replace(
      /[^ -~]/g,
      (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  });
const both = (name: string, inner: string, value: string): Edit =>
  line(({ event }) => ({ [name]: value, event: { ...event, [inner]: value } }));
const witness =
  (change: object, places: object = {}): Edit =>
  (folder) =>
    document(({ witnesses }) => ({
      witnesses: witnesses.map((one) => ({
        ...one,
        ...change,
        places: one.places.map((place) => ({ ...place, ...places })),
      })),
    }))(folder);
const recovered = (change: object): Edit =>
  document((read) => ({ recovered: { ...read.recovered, ...change } }));

const ROWS: readonly (readonly [string, Verdicts, Edit])[] = [
  ['nothing', TAKEN, () => {}],
  ['another order of lines', TAKEN, inList((text) => `${text.trimEnd().split('\n').reverse().join('\n')}\n`)],
  ['half a character in an event', TAKEN, inLine((text) => text.replace('night', '\\ud800night'))],
  ['a field __proto__ in an event', TAKEN, inLine((text) => text.replace(/\}\}$/, ',"__proto__":{"a":1}}}'))],

  ['a document in one line', REFUSED, inDocument((text) => `${JSON.stringify(JSON.parse(text))}\n`)],
  ['no line end', REFUSED, inDocument((text) => text.trimEnd())],
  ['two line ends', REFUSED, inDocument((text) => `${text}\n`)],
  ['line ends of another system', REFUSED, inDocument((text) => text.replaceAll('\n', '\r\n'))],
  ['a byte order mark', REFUSED, inDocument((text) => `\u00ef\u00bb\u00bf${text}`)],
  ['a byte outside UTF-8', REFUSED, inDocument((text) => text.replace('What', 'Wh\u00ff'))],
  ['a fraction', REFUSED, inDocument((text) => text.replace(/("lines": \d+)/, '$1.0'))],
  ['a field twice', NOTED, inDocument((text) => text.replace(/ {2}"result".*\n/, '$&$&'))],
  [
    'an escape of a stop',
    NOTED,
    inDocument((text) => text.replace('recovered.jsonl', 'recovered\\u002ejsonl')),
  ],
  [
    'another report',
    OF_ANOTHER,
    document(({ report }) => ({ report: { ...report, sha256: '0'.repeat(64) } })),
  ],
  ['another verdict', NOTED, document(({ report }) => ({ report: { ...report, verdict: 'VALID' } }))],

  ['one line more', REFUSED, recovered({ lines: 4 })],
  ['no events of a list', NOTED, recovered({ events: 0 })],
  ['fewer events of a list', NOTED, recovered({ events: 2 })],
  ['more events of a list', NOTED, recovered({ events: 9 })],
  ['no recovered event of a witness', NOTED, witness({ recovered: 0 })],
  ['no recovered event of a place', NOTED, witness({ recovered: 0 }, { recovered: 0 })],
  ['a million events of a witness', NOTED, witness({ events: 1e6 })],
  ['a million events of a place', NOTED, witness({ events: 1e6 }, { events: 1e6 })],
  ['no witness', NOTED, document(() => ({ witnesses: [] }))],
  ['another result', NOTED, document(() => ({ result: 'nothing-recovered' }))],
  ['a finding of nothing', NOTED, document(() => ({ furtherFindings: 1 }))],
  ['a list that is not named', REFUSED, document(() => ({ recovered: undefined }))],
  [
    'no list, which is counted',
    NOTED,
    (folder) => {
      document(() => ({ recovered: undefined }))(folder);
      rmSync(path.join(folder, RECOVERED));
    },
  ],

  ['a line that is null', REFUSED, inLine(() => 'null')],
  ['a line that is a list', REFUSED, inLine(() => '[]')],
  ['a line of a letter behind all', REFUSED, inList((text) => `${text}x\n`)],
  ['a blank line', REFUSED, inLine((text) => `${text}\n`)],
  ['white space before a line', REFUSED, inLine((text) => ` ${text}`)],
  ['lines of another system', REFUSED, inList((text) => text.replaceAll('\n', '\r\n'))],
  ['a byte order mark of the list', REFUSED, inList((text) => `\u00ef\u00bb\u00bf${text}`)],
  ['a last line without an end', REFUSED, inList((text) => text.slice(0, -1))],
  ['a byte outside UTF-8 in a line', REFUSED, inLine((text) => text.replace('night', 'nig\u00ff'))],
  ['a zero in a line', REFUSED, inLine((text) => text.replace('night', 'nig\0'))],
  ['a line less', NOTED, inList((text) => text.slice(text.indexOf('\n') + 1))],
  ['a line twice', NOTED, inLine((text) => `${text}\n${text}`)],
  ['a field of a line twice', NOTED, inLine((text) => text.replace('{', '{"witness":"event-history",'))],
  ['a field of an event twice', NOTED, inLine((text) => text.replace(/\}\}$/, ',"eventName":"A"}}'))],
  [
    'an event too deep',
    NOTED,
    inLine((text) => text.replace(/\}\}$/, `,"x":${'['.repeat(99)}${']'.repeat(99)}}}`)),
  ],

  ['another id outside', NOTED, line(() => ({ eventId: 'x' }))],
  ['another id inside', NOTED, line(({ event }) => ({ event: { ...event, eventID: 'x' } }))],
  ['another time outside', NOTED, line(() => ({ time: '2026-10-05T12:00:00Z' }))],
  ['another name outside', NOTED, line(() => ({ eventName: 'StopLogging' }))],
  ['another service outside', NOTED, line(() => ({ eventSource: 'x' }))],
  ['another account outside', NOTED, line(() => ({ account: '999999999999' }))],
  [
    'another account inside',
    NOTED,
    line(({ event }) => ({ event: { ...event, recipientAccountId: '999999999999' } })),
  ],
  ['another Region', NOTED, line(() => ({ region: 'eu-west-9' }))],
  ['another witness', NOTED, line(() => ({ witness: 'lake' }))],
  ['a time off the axis, outside and inside', NOTED, both('time', 'eventTime', '2020-10-05T11:39:37Z')],
  ['nothing that it belongs to', NOTED, line(() => ({ belongsTo: [] }))],
  ['another gap', NOTED, inLine((text) => text.replace('"chain":"', '"chain":"x'))],
  ['an explanation', NOTED, line(({ event }) => ({ event: undefined, explainedBy: 'selectors', e: event }))],
  [
    'an explanation that is not counted',
    NOTED,
    inLine((text) => text.replace(',"event":', ',"explainedBy":"selectors","event":')),
  ],
  [
    'a changed file of another form',
    NOTED,
    inLine((text) => text.replace(',"event":', ',"changedFiles":[1],"event":')),
  ],
  [
    'a field more',
    NOTED,
    inLine((text) =>
      text
        .replace('{', '{"more":1,')
        .replace('{"more":1,"witness":"event-history"', '{"witness":"event-history","more":1'),
    ),
  ],
  ['an event that is null', REFUSED, line(() => ({ event: null }))],
  ['an event that is a list', REFUSED, line(() => ({ event: [] }))],
  ['an event that is a text', REFUSED, line(() => ({ event: 'x' }))],
];

describe('what all readers say of a corroboration with', () => {
  test.each(ROWS)(
    '%s',
    async (_, expected, edit) => {
      rmSync('edited', { recursive: true, force: true });
      cpSync('witness', 'edited', { recursive: true });
      edit('edited');
      expect(await verdicts('edited')).toEqual(expected);
    },
    60_000,
  );
});
