import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMAND_RIGHTS, PERMISSION_ROWS } from '../../src/aws/permissions.ts';
import { SRC } from '../law/read-imports.ts';

const SOURCES = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && name !== 'aws/permissions.ts')
  .map((name) => ({ name, text: readFileSync(path.join(SRC, name), 'utf8') }));

/** What AWS lets everybody call who has credentials, and what is granted by the role that is assumed. */
const NEEDS_NONE = ['GetCallerIdentity'];
const OF_THE_ROLE = ['sts:AssumeRole'];

/** All that a pattern's first group matches in the sources. */
function foundIn(pattern: RegExp, isMeant: (name: string) => boolean = () => true): readonly string[] {
  const texts = SOURCES.filter(({ name }) => isMeant(name)).flatMap(({ text }) =>
    [...text.matchAll(pattern)].map(([, found = '']) => found),
  );
  return [...new Set(texts)].sort();
}

describe('the table of permissions', () => {
  const inTable = [...new Set(PERMISSION_ROWS.flatMap(([, { calls }]) => calls))];

  test('has every call of the AWS SDK that the sources make, and no other', () => {
    // A class of the parser of command lines is called PlainCommand.
    const called = foundIn(/new (?:\w+\.)?([A-Z]\w+)Command\(/g).filter((name) => name !== 'Plain');
    expect(called.length).toBeGreaterThan(20);
    expect([...inTable, ...NEEDS_NONE].sort()).toEqual(called);
  });

  test('has every permission that a message or a policy names', () => {
    const services = 's3|cloudtrail|kms|logs|organizations|account|sts';
    const named = foundIn(
      new RegExp(`\\b((?:${services}):[A-Z][A-Za-z]+)`, 'g'),
      // What the state machine does is no call of this tool.
      (name) => name !== 'scale/deploy/policies.ts' && name !== 'scale/deploy/machine.ts',
    );
    expect(named).toContain('s3:ListBucket');
    const actions: readonly string[] = PERMISSION_ROWS.map(([action]) => action);
    expect(named.filter((action) => !actions.includes(action) && !OF_THE_ROLE.includes(action))).toEqual([]);
  });

  test('grants nothing by a pattern, and only what there is', () => {
    const actions: readonly string[] = PERMISSION_ROWS.map(([action]) => action);
    for (const action of actions) expect(action).toMatch(/^[a-z0-9]+:[A-Z][A-Za-z]+$/);
    for (const { target, plan } of Object.values(COMMAND_RIGHTS)) {
      for (const action of [...target, ...plan.map((right) => right.action)])
        expect(actions).toContain(action);
      expect(target).not.toContain('s3:PutObject');
    }
  });
});
