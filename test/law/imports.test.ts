import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { circlesOf, readImports, SRC } from './read-imports.ts';
import { PACKAGE_FILES, ROOMS, type Room } from './rooms.ts';

/** Every module of `src` by its path, with what it imports: other modules by theirs, all else by name. */
const IMPORTS = readImports(SRC);

/** The room that names a file, else the innermost folder that is one. */
function roomOf(file: string, rooms: readonly Room[] = ROOMS): Room {
  const named = rooms.find(({ files }) => files?.includes(file) === true);
  const folders = rooms.filter(({ name, files }) => files === undefined && file.startsWith(`${name}/`));
  const room = named ?? folders.sort((a, b) => b.name.length - a.name.length)[0];
  if (room === undefined) throw new Error(`${file} is of no room: see test/law/rooms.ts`);
  return room;
}

/** A file as the reach of a row names it. */
function nameIn(room: Room, file: string): string {
  return room.files === undefined ? file.slice(room.name.length + 1) : file;
}

function mayImport(room: Room, to: string): boolean {
  const other = roomOf(to);
  if (other === room) return true;
  const reach = room.imports[other.name];
  return reach === true || reach?.includes(nameIn(other, to)) === true;
}

/** What touches files, network, process or console. */
const OUTSIDE =
  /^node:(?:fs|fs\/promises|net|http|https|http2|child_process|process|os|readline|readline\/promises|tls|dgram|dns|dns\/promises|cluster|inspector|repl)$/;

function nameOf(module: string): string {
  return module.split('/', module.startsWith('@') ? 2 : 1).join('/');
}

/** What of a module that is not ours a room may not import. */
function isForbidden(room: Room, module: string): boolean {
  if (module === 'node:worker_threads') return room.threads !== true;
  if (module.startsWith('node:')) return OUTSIDE.test(module) && room.outside !== true;
  return room.packages?.includes(nameOf(module)) !== true;
}

describe('imports', () => {
  test('all are read', () => {
    const texts = [...IMPORTS.keys()].map((file) => readFileSync(path.join(SRC, file), 'utf8'));
    const written = texts.flatMap(
      (text) => text.match(/^(?:import\b.*|\} )from '|^export .* from '/gm) ?? [],
    );
    const read = [...IMPORTS.values()].flat();
    expect(read.length).toBeGreaterThanOrEqual(written.length);
    for (const to of read)
      if (to.endsWith('.ts')) expect(IMPORTS.has(to) ? to : `${to} is no module`).toBe(to);
  });

  test('are of the innermost room that a file lies in, or of the one that names it', () => {
    const rooms: readonly Room[] = [
      { name: 'source', imports: {} },
      { name: 'source/s3', imports: {} },
      { name: 'readers', files: ['source/open-readers.ts'], imports: {} },
    ];
    const name = (file: string): string => roomOf(file, rooms).name;
    expect(name('source/source.ts')).toBe('source');
    expect(name('source/folder/read.ts')).toBe('source');
    expect(name('source/s3/lean/sign.ts')).toBe('source/s3');
    expect(name('source/open-readers.ts')).toBe('readers');
    expect(() => name('sources.ts')).toThrow('sources.ts is of no room');
  });

  test.each(ROOMS.map((room) => [room.name, room] as const))(
    'of %s are those that its row allows',
    (_, room) => {
      const files = [...IMPORTS].filter(([file]) => roomOf(file) === room);
      expect(files.length).toBeGreaterThan(0);
      const wrong = files.flatMap(([file, modules]) =>
        modules
          .filter((module) => (IMPORTS.has(module) ? !mayImport(room, module) : isForbidden(room, module)))
          .map((module) => `${file} imports ${module}`),
      );
      expect(wrong).toEqual([]);
    },
  );

  test('lead from a room only to those above it in the table, so that no two rooms are one', () => {
    const names = ROOMS.map(({ name }) => name);
    for (const { name, imports } of ROOMS)
      for (const other of Object.keys(imports))
        expect([names.indexOf(other) < names.indexOf(name), name, other]).toEqual([true, name, other]);
  });

  test.each(Object.entries(PACKAGE_FILES))('of %s are in the files named for it', (name, files) => {
    const found = [...IMPORTS].filter(([, modules]) => modules.some((module) => nameOf(module) === name));
    expect(found.map(([file]) => path.posix.basename(file)).sort()).toEqual(files);
  });

  test('lead from no module back to itself', () => {
    expect(circlesOf(IMPORTS).map((circle) => circle.join(' -> '))).toEqual([]);
  });

  test('are as narrow as their rows: what a row allows, somebody needs', () => {
    const idle = ROOMS.flatMap((room) =>
      Object.entries(room.imports).flatMap(([other, reach]) => {
        const used = [...IMPORTS]
          .filter(([file]) => roomOf(file) === room)
          .flatMap(([, modules]) => modules.filter((to) => IMPORTS.has(to) && roomOf(to).name === other))
          .map((to) => nameIn(roomOf(to), to));
        const asked =
          reach === true ? (used.length > 0 ? [] : ['any']) : reach.filter((file) => !used.includes(file));
        return asked.map((file) => `${room.name} may import ${file} of ${other}, and does not`);
      }),
    );
    expect(idle).toEqual([]);
  });
});
