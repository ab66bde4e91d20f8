/** Errors where programs read standard output: one document of JSON, or the last line of a stream of events. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { machineFormOf } from '../../src/cli/options/format.ts';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ROOT } from '../support/yaml-scripts.ts';

const START = process.cwd();
const COPY = `${ROOT}fixtures/intact/copy`;
const RULES = [
  '--keys',
  `${ROOT}fixtures/keys/public-keys.jsonl`,
  '--now',
  '2026-10-02T21:50:00Z',
  '--no-sign',
];

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
});
afterEach(() => {
  process.chdir(START);
  vi.unstubAllEnvs();
});

describe('machineFormOf', () => {
  test.each<readonly [readonly string[], string | undefined]>([
    [['verify', 'x', '--format', 'json'], 'json'],
    [['verify', 'x', '--format=ndjson'], 'ndjson'],
    [['verify', 'x', '--format', 'json', '--format', 'text'], undefined],
    [['verify', '--', '--format', 'json'], undefined],
    [['verify', '--format'], undefined],
    [['verify', '--format', 'html'], undefined],
    [[], undefined],
  ])('of %j is %s', (args, form) => {
    expect(machineFormOf(args)).toBe(form);
  });
});

/** The calls that fail, by their exit codes. */
const FAILING: readonly (readonly [string, readonly string[], string])[] = [
  ['a folder that is not there', ['verify', './nothing', ...RULES], 'TARGET_NOT_FOUND'],
  ['an unknown option', ['verify', COPY, '--outputs', 'x'], 'USAGE'],
  ['an unknown option of a command without forms', ['keys', 'list', 'x', '--all'], 'USAGE'],
  ['an option without its value', ['verify', COPY, '--from', ''], 'USAGE'],
  ['a wrong value', ['verify', COPY, '--concurrency', 'many'], 'USAGE'],
  ['a report that is not there', ['report', 'render', 'nothing.json'], 'TARGET_NOT_FOUND'],
  ['a bag that is not there', ['evidence', 'verify', 'nothing'], 'USAGE'],
  ['a target that is not at AWS', ['doctor', './copy'], 'USAGE'],
  ['an export that is not there', ['query', 'SELECT 1', './nothing'], 'TARGET_NOT_FOUND'],
];

describe('an error', () => {
  test.each(FAILING)('of %s is a document of JSON', async (_what, args, code) => {
    const { exitCode, out, error } = await runCommand([...args, '--format', 'json']);
    const document = JSON.parse(out);
    expect(Object.keys(document)).toEqual(['error']);
    expect(document.error).toMatchObject({ code: expect.any(String), message: expect.any(String), exitCode });
    expect(Object.keys(document.error)).toEqual(['code', 'message', 'hint', 'exitCode']);
    // A form that the command lacks is found first.
    if (args[0] !== 'query' && args[0] !== 'evidence') expect(document.error.code).toBe(code);
    expect(exitCode).toBe(2);
    expect(error).toMatch(/^trail-verify: .+\n/);
  });

  test('is the last line of a stream of events', async () => {
    const { exitCode, out } = await runCommand(['verify', './nothing', ...RULES, '--format', 'ndjson']);
    expect(exitCode).toBe(2);
    expect(out.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(out)).toMatchObject({ type: 'error', code: 'TARGET_NOT_FOUND', exitCode: 2 });
  });

  test('holds names as they are, in ASCII', async () => {
    const { out, error } = await runCommand(['verify', './n\u001b[1mé\\', ...RULES, '--format', 'json']);
    expect(out).toMatch(/^[ -~]*\n$/);
    expect(JSON.parse(out).error.message).toContain('n\u001b[1mé\\');
    expect(error).not.toContain('\u001b');
  });

  test.each(['text', 'markdown', 'none'])('is no document with --format %s', async (format) => {
    const { out, exitCode } = await runCommand(['verify', './nothing', ...RULES, '--format', format]);
    expect({ out, exitCode }).toEqual({ out: '', exitCode: 2 });
  });

  test('of an output that cannot be written takes the place of the report', async () => {
    mkdirSync('full');
    writeFileSync('full/metrics', '');
    const args = ['verify', COPY, ...RULES, '--output', 'out', '--metrics', 'full/metrics/x.prom'];
    const { exitCode, out } = await runCommand([...args, '--format', 'json']);
    expect(exitCode).toBe(2);
    expect(JSON.parse(out).error.code).toBe('OUTPUT_NOT_USABLE');
  });

  test('help is no error', async () => {
    const { out, exitCode } = await runCommand(['verify', '--help', '--format', 'json']);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^Usage: /);
  });
});

describe('a form that a command lacks', () => {
  test.each([
    [['verify', COPY, '--format', 'htm'], 'did you mean html?'],
    [['verify', COPY, '--format', 'jsonl'], 'did you mean ndjson?'],
    [['report', 'render', 'x', '--format', 'ndjson'], 'did you mean json?'],
    [['doctor', 's3://bucket', '--format', 'asff'], 'it takes text, json, ndjson'],
    [['query', 'SELECT 1', './x', '--format', 'table'], 'did you mean text?'],
    [['query', 'SELECT 1', './x', '--format', 'zip'], 'it takes text, ndjson, markdown, html, csv, parquet'],
    [['verify', COPY, '--also', 'cvs'], 'did you mean csv?'],
  ])('%j is refused, and names those that there are', async (args, hint) => {
    const { exitCode, error } = await runCommand(args);
    expect(exitCode).toBe(2);
    expect(error).toContain('there is no form');
    expect(error).toContain(hint);
  });

  test('verify prints every form', async () => {
    const forms = {
      html: '<!doctype',
      junit: '<?xml',
      sarif: '{\n  "$schema"',
      asff: '[\n{',
      csv: '"finding",',
    };
    for (const [form, beginning] of Object.entries(forms)) {
      const { exitCode, out } = await runCommand(['verify', COPY, ...RULES, '--format', form]);
      expect(exitCode).toBe(0);
      expect(out.slice(0, beginning.length)).toBe(beginning);
    }
  });
});
