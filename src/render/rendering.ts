import type { Report } from '../report/report.ts';
import type { Recovered } from './facts/recovered.ts';
import { asffPieces } from './formats/asff.ts';
import { CSV_TABLES, csvLines } from './formats/csv.ts';
import { renderJunit } from './formats/junit.ts';
import { renderMarkdown } from './formats/markdown.ts';
import { ocsfLines } from './formats/ocsf.ts';
import { renderSarif } from './formats/sarif.ts';
import { renderHtml } from './html/page.ts';

/** The forms a report is rendered to besides its own JSON and the terminal's text. */
export const RENDER_FORMATS = ['markdown', 'html', 'junit', 'sarif', 'ocsf', 'asff', 'csv'] as const;

/** One of these forms. */
export type RenderFormat = (typeof RENDER_FORMATS)[number];

/** One file of a rendering, next to its report.json; `sha256` (hex) is that of report.json, which every form names. */
export interface RenderedFile {
  readonly name: string;
  /** `recovered` is what a witness has of what the report lacks; HTML alone shows it. */
  readonly pieces: (report: Report, sha256: string, recovered?: Recovered | undefined) => Iterable<string>;
}

const RENDERINGS: Readonly<Record<RenderFormat, readonly RenderedFile[]>> = {
  markdown: [{ name: 'report.md', pieces: (report, sha256) => [renderMarkdown(report, sha256)] }],
  html: [
    {
      name: 'report.html',
      pieces: (report, sha256, recovered) => [renderHtml(report, sha256, recovered)],
    },
  ],
  junit: [{ name: 'report.junit.xml', pieces: (report, sha256) => [renderJunit(report, sha256)] }],
  sarif: [{ name: 'report.sarif', pieces: (report, sha256) => [renderSarif(report, sha256)] }],
  ocsf: [{ name: 'report.ocsf.jsonl', pieces: ocsfLines }],
  asff: [{ name: 'report.asff.json', pieces: asffPieces }],
  csv: CSV_TABLES.map((table) => ({
    name: `${table}.csv`,
    pieces: (report, sha256) => csvLines(table, report, sha256),
  })),
};

/** The files that a form consists of: one, or for CSV one for each table. */
export function renderedFiles(format: RenderFormat): readonly RenderedFile[] {
  return RENDERINGS[format];
}

/** A report in one of the forms, piece by piece: the first of its files, which for CSV is the table of findings. */
export function renderPieces(
  format: RenderFormat,
  report: Report,
  sha256: string,
  recovered?: Recovered | undefined,
): Iterable<string> {
  return RENDERINGS[format][0]?.pieces(report, sha256, recovered) ?? [];
}
