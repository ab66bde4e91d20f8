import type { Report } from '../report/report.ts';
import { csvLines } from './formats/csv.ts';
import { renderJunit } from './formats/junit.ts';
import { renderMarkdown } from './formats/markdown.ts';
import { ocsfLines } from './formats/ocsf.ts';
import { renderSarif } from './formats/sarif.ts';
import { renderHtml } from './html/page.ts';

/** The forms a report is rendered to besides its own JSON and the terminal's text. */
export const RENDER_FORMATS = ['html', 'markdown', 'junit', 'sarif', 'ocsf', 'csv'] as const;

/** One of these forms. */
export type RenderFormat = (typeof RENDER_FORMATS)[number];

interface Rendering {
  readonly fileName: string;
  readonly pieces: (report: Report, sha256: string) => Iterable<string>;
}

const RENDERINGS: Readonly<Record<RenderFormat, Rendering>> = {
  html: { fileName: 'report.html', pieces: (report, sha256) => [renderHtml(report, sha256)] },
  markdown: { fileName: 'report.md', pieces: (report, sha256) => [renderMarkdown(report, sha256)] },
  junit: { fileName: 'report.junit.xml', pieces: (report, sha256) => [renderJunit(report, sha256)] },
  sarif: { fileName: 'report.sarif', pieces: (report, sha256) => [renderSarif(report, sha256)] },
  ocsf: { fileName: 'report.ocsf.jsonl', pieces: ocsfLines },
  csv: { fileName: 'report.csv', pieces: csvLines },
};

/** A report in one of the forms, piece by piece; `sha256` (hex) is that of its report.json, which every form names. */
export function renderPieces(format: RenderFormat, report: Report, sha256: string): Iterable<string> {
  return RENDERINGS[format].pieces(report, sha256);
}

/** The file name of a rendering, next to its report.json. */
export function renderingFileName(format: RenderFormat): string {
  return RENDERINGS[format].fileName;
}
