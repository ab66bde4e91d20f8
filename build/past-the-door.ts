/**
 * The command imports the library by its one door, `src/index.ts`, and esbuild counts all that a door leads to as needed by
 * whoever goes through it. So for the bundle each name is imported, at once or late, from the file that the door has it from.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Of such forms, as Biome writes them, are the exports of the door and the imports of the command. */
const EXPORTS = /^export (type )?\{([^}]*)\} from '\.\/([^']+)';$/gm;
const IMPORTS = /^import (type )?\{([^}]*)\} from '(?:\.\.\/)+index\.ts';$/gm;
const LATE = /const \{([^}]*)\} = await import\('(?:\.\.\/)+index\.ts'\);/g;
const ANY = /\b(?:from|import)\b[ (]*'((?:\.\.\/)+index\.ts)'/;

/** Leads imports of the door in a text below `src/cli` past it. Throws where one has another form, or a name that the door has not. */
export type PastTheDoor = (file: string, text: string) => string;

/** For the door in the folder `source`. */
export function pastTheDoor(source: string): PastTheDoor {
  const files = new Map<string, string>();
  const door = readFileSync(path.join(source, 'index.ts'), 'utf8');
  for (const [, isType, names = '', file = ''] of door.matchAll(EXPORTS)) {
    if (isType === undefined) for (const name of valuesOf(names)) files.set(name, file);
  }
  return (file, text) => {
    const folder = path.relative(source, path.dirname(file)).split(path.sep);
    if (folder[0] !== 'cli') return text;
    const up = '../'.repeat(folder.length);
    const fileOf = (name: string): string => {
      const found = files.get(name);
      if (found === undefined) throw new Error(`${file} imports ${name}, which ${up}index.ts has not`);
      return `${up}${found}`;
    };
    const each = (names: string, statement: (name: string, from: string) => string): string =>
      valuesOf(names)
        .map((name) => statement(name, fileOf(name)))
        .join(' ');
    const direct = text
      .replace(IMPORTS, (_, isType: string | undefined, names: string) =>
        isType === undefined ? each(names, (name, from) => `import { ${name} } from '${from}';`) : '',
      )
      .replace(LATE, (_, names: string) =>
        each(names, (name, from) => `const { ${name} } = await import('${from}');`),
      );
    const left = ANY.exec(direct);
    if (left !== null) throw new Error(`${file} imports ${left[1]} in a form that is not known here`);
    return direct;
  };
}

/** The names in braces that are not types alone. */
function valuesOf(names: string): readonly string[] {
  return names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.startsWith('type '));
}
