import { lstatSync } from 'node:fs';
import path from 'node:path';
import type { EventsDocument } from '../../src/events/events-document.ts';
import { type FileMarks, markOf } from '../../src/events/file-marks.ts';

/** The marks that the files of an export in `folder` have now; none of those that are missing. */
export function marksNow(folder: string, { files }: Pick<EventsDocument, 'files'>): FileMarks {
  const marks = files.flatMap((file) => {
    const status = lstatSync(path.join(folder, file.path), { bigint: true, throwIfNoEntry: false });
    return status === undefined ? [] : [[file.path, markOf(status)] as const];
  });
  return new Map(marks);
}
