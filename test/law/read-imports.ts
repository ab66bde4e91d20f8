/** Reads which module imports which: the import law, the measures and the guide to the source rest on it. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder `src` of this checkout. */
export const SRC: string = fileURLToPath(new URL('../../src', import.meta.url));

/** Every TypeScript module below a folder, by its path with slashes; declaration files are left out. */
export function modulesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
}

function importsOf(folder: string, file: string): readonly string[] {
  const text = readFileSync(path.join(folder, file), 'utf8');
  // As the formatter writes them: one name in single quotes behind `from`, `import` or `import(`.
  const named = text.matchAll(
    /^(?:import|export)\s[^;'`]*?\bfrom '([^']+)';|^import '([^']+)';|\bimport\(\s*'([^']+)'\s*,?\s*\)/gm,
  );
  // A name that is put together says nothing here.
  const names = [...named].filter(([text]) => !/\$\{/.test(text));
  return names.map(([, still, bare, late]) => {
    const name = still ?? bare ?? late ?? '';
    return name.startsWith('.') ? path.posix.join(path.posix.dirname(file), name) : name;
  });
}

/** Every module of a folder by its path, with what it imports: other modules by theirs, all else by name. */
export function readImports(folder: string): ReadonlyMap<string, readonly string[]> {
  return new Map(modulesOf(folder).map((file) => [file, importsOf(folder, file)]));
}

/** Modules that import one another, however far around. */
export function circlesOf(imports: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (file: string, above: readonly string[]): void => {
    const at = above.indexOf(file);
    if (at >= 0) found.push([...above.slice(at), file]);
    if (at >= 0 || done.has(file)) return;
    for (const to of imports.get(file) ?? []) if (imports.has(to)) visit(to, [...above, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  return found;
}

/** The names that a door gives, in its order. Throws where one is exported in a form that is not read. */
export function namesOfDoor(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  const exported = [...text.matchAll(/^export (?:type )?\{([^}]*)\} from '\.[^']*';$/gm)];
  // In no other form, so that none is passed over.
  if (exported.length !== [...text.matchAll(/^export /gm)].length)
    throw new Error(`${file} exports in another form than by name`);
  return exported.flatMap(([, names = '']) =>
    names
      .split(',')
      .map((name) => name.trim().replace(/^type /, ''))
      .filter((name) => name !== ''),
  );
}
