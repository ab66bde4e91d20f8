import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { namesOfDoor, SRC } from './read-imports.ts';

/** Names that whoever embeds the library has to know: more of them is a decision, and never an accident. */
const MOST_NAMES = 70;

test('the door of the library has seventy names at most', () => {
  const names = namesOfDoor(`${SRC}/index.ts`);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeLessThanOrEqual(MOST_NAMES);
  expect([...names].sort()).toMatchInlineSnapshot(`
    [
      "Acceptance",
      "AwsSession",
      "AwsSettings",
      "BagCheck",
      "BagSource",
      "CATALOGUE",
      "CheckerOptions",
      "Clock",
      "ErrorCode",
      "ExaminedObject",
      "Expectation",
      "Finding",
      "FindingCode",
      "FindingOf",
      "FolderOptions",
      "FolderSource",
      "KeyLookup",
      "KeyQuery",
      "KeyRing",
      "ListRequest",
      "ListedObject",
      "LiveKeyRingOptions",
      "ObjectRef",
      "OpenOptions",
      "Outcome",
      "ProofCheck",
      "PublicKey",
      "RENDER_FORMATS",
      "ReadReport",
      "Relocation",
      "RenderFormat",
      "Report",
      "ReportCheck",
      "S3Options",
      "Scope",
      "Source",
      "StoredObject",
      "TakeExamined",
      "Target",
      "TrailDescription",
      "TrailEvent",
      "TrailVerifyError",
      "Verdict",
      "VerifyOptions",
      "WalkerOptions",
      "Weight",
      "checkBag",
      "checkProof",
      "checkReport",
      "describeTrail",
      "examineTrail",
      "fixedClock",
      "fixedKeyRing",
      "limitRate",
      "listPublicKeys",
      "liveKeyRing",
      "openAwsSession",
      "openBag",
      "openChecker",
      "openFolder",
      "openS3",
      "openWalker",
      "placeProver",
      "readKeyFile",
      "readReport",
      "relocator",
      "renderPieces",
      "trailExpectations",
      "verdictOf",
      "verifyTrail",
    ]
  `);
});

test.each(['report', 'evidence', 'state', 'doctor', 'lambda'])(
  'trail-verify/%s is a door of its own',
  async (name) => {
    const names = namesOfDoor(`${SRC}/door/${name}.ts`);
    expect(names.length).toBeLessThanOrEqual(MOST_NAMES);
    const manifest = new URL('../../package.json', import.meta.url);
    const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as { exports: Record<string, unknown> };
    expect(exports[`./${name}`]).toEqual({
      types: `./dist/door/${name}.d.ts`,
      default: `./dist/door/${name}.js`,
    });
  },
);
