import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { pastTheDoor } from '../../build/past-the-door.ts';

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));
const read = pastTheDoor(SOURCE);
const inCommand = (text: string): string => read(path.join(SOURCE, 'cli', 'any.ts'), text);

describe('a bundle goes past the door', () => {
  test('for each name by itself, and for no types', () => {
    const text = "import {\n  type Report,\n  sha256,\n  TrailVerifyError,\n} from '../index.ts';";
    expect(inCommand(text)).toBe(
      "import { sha256 } from '../crypto/sha256.ts'; import { TrailVerifyError } from '../base/errors.ts';",
    );
    expect(inCommand("import type { Report } from '../index.ts';")).toBe('');
  });

  test('late as well', () => {
    expect(inCommand("const { sha256, openS3 } = await import('../index.ts');")).toBe(
      "const { sha256 } = await import('../crypto/sha256.ts'); const { openS3 } = await import('../source/s3/s3-source.ts');",
    );
  });

  test('from each of its folders', () => {
    const text = "import { sha256 } from '../../index.ts';";
    expect(read(path.join(SOURCE, 'cli', 'io', 'any.ts'), text)).toBe(
      "import { sha256 } from '../../crypto/sha256.ts';",
    );
  });

  test('in the command alone', () => {
    const text = "import { sha256 } from '../index.ts';";
    expect(read(path.join(SOURCE, 'render', 'any.ts'), text)).toBe(text);
  });

  test.each([
    "import * as library from '../index.ts';",
    "export { sha256 } from '../index.ts';",
    "const library = await import('../index.ts');",
  ])('never through it unseen: %s', (text) => {
    expect(() => inCommand(text)).toThrow('any.ts imports ../index.ts in a form that is not known here');
  });

  test('not for a name that it has not', () => {
    expect(() => inCommand("import { nobody } from '../index.ts';")).toThrow('imports nobody, which');
  });
});
