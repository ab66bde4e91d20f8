import { styleText } from 'node:util';
import type { Weight } from '../../findings/finding.ts';
import type { Verdict } from '../../findings/verdict.ts';

/** What a piece of text is, so that one place decides how it looks. */
export type Tone = 'good' | 'bad' | 'doubtful' | 'heading' | 'faint';

/** Colours a text by its tone, or returns it as it is. */
export type Paint = (tone: Tone, text: string) => string;

/** No colour at all: for files, pipes and `NO_COLOR`. */
export const plain: Paint = (_tone, text) => text;

const STYLES = {
  good: ['bold', 'green'],
  bad: ['bold', 'red'],
  doubtful: ['bold', 'yellow'],
  heading: ['bold'],
  faint: ['dim'],
} as const;

/** ANSI colours for a terminal; whether there is one is the caller's to know. */
export const coloured: Paint = (tone, text) => styleText([...STYLES[tone]], text, { validateStream: false });

/** The tone of a verdict: only VALID is good. */
export function verdictTone(verdict: Verdict): Tone {
  if (verdict === 'VALID') return 'good';
  return verdict === 'INVALID' ? 'bad' : 'doubtful';
}

/** The tone of a finding's weight. */
export function weightTone(weight: Weight): Tone {
  if (weight === 'violation') return 'bad';
  return weight === 'unproven' ? 'doubtful' : 'faint';
}
