/**
 * What a table of findings is made of. Each family has one file with two literals: a rule for every code, which says its weight and
 * evidence, and an entry of words for it. All else is derived: the type `Finding`, `makeFinding`, the catalogue, the report's schema.
 *
 *     export const LINK_RULES = { LINK_ASTRAY: { weight: 'unproven', evidence: { leadsTo: 'text', 'note?': 'text' } } } as const;
 *     export const LINK_FINDINGS: Family<typeof LINK_RULES> = { LINK_ASTRAY: { title: …, meaning: …, … } };
 *
 * Rules are apart from words, and plain data, no schemas of zod. Threads that walk chains make findings: they load the rules, and
 * neither words nor zod. And declarations are made file by file: a type can be read off a literal, not off what a function returns.
 */

/** How much a finding says: it contradicts AWS's signatures, it leaves something unproven, or it is worth knowing. */
export type Weight = 'violation' | 'unproven' | 'note';

/** A span of time in ISO 8601 UTC. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

/** Why bytes could not be had, by codes that stay the same between runs. */
export const FAILURES = [
  'denied',
  'archived',
  'undecryptable',
  'unreachable',
  'vanished',
  'not-in-copy',
  'no-file',
] as const;

/** The kinds of fields, each with the type of its value. */
interface Kinds {
  readonly text: string;
  readonly texts: readonly string[];
  readonly count: number;
  readonly flag: boolean;
  readonly span: Span;
  readonly failure: (typeof FAILURES)[number];
}

/** What one field of evidence may be: of a kind, or one of these texts. */
export type Field = keyof Kinds | readonly string[];

/** The fields of an object by their names; one that may be absent has a `?` behind its name. */
export interface Fields {
  readonly [name: string]: Field;
}

/** The shape of evidence: one object; one of several, distinguished by their `reason`; or `nothing`. */
export type Shape = Fields | readonly Fields[] | 'nothing';

type ValueOf<One> = One extends keyof Kinds ? Kinds[One] : One extends readonly (infer Text)[] ? Text : never;

type ObjectOf<Of> = Of extends unknown
  ? {
      readonly [Name in keyof Of as Name extends `${string}?` ? never : Name]: ValueOf<Of[Name]>;
    } & {
      readonly [Name in keyof Of as Name extends `${infer Bare}?` ? Bare : never]?:
        | ValueOf<Of[Name]>
        | undefined;
    }
  : never;

/** How much findings of one code weigh, and what they rest on. */
export interface Rule {
  /** The weight of each; or the usual one, and then the others that one may have. */
  readonly weight: Weight | readonly [usual: Weight, ...others: Weight[]];
  readonly evidence: Shape;
  /** Which of them it is, where the evidence alone decides; otherwise the maker of the finding says it. */
  readonly weigh?: ((evidence: never) => Weight) | undefined;
}

/** The type of the evidence that a shape says. */
export type EvidenceOf<One> = One extends 'nothing'
  ? unknown
  : One extends readonly (infer Form)[]
    ? ObjectOf<Form>
    : ObjectOf<One>;

/** The evidence of each code of a family. */
export type EvidenceOfEach<Rules extends Readonly<Record<keyof Rules, Rule>>> = {
  readonly [Code in keyof Rules]: EvidenceOf<Rules[Code]['evidence']>;
};

/** A value in a fact, which a rendering writes in its own way: a SHA-256 or signature, a digest by its URI, a span, a number of bytes or of things. */
export type FactValue =
  | { readonly hash: string }
  | { readonly digest: string }
  | { readonly span: Span }
  | { readonly bytes: number }
  | { readonly count: number; readonly of: string };

/** One thing that a reader of a finding must know, in its parts. Plain data, never markup; what it holds may be hostile. */
export type Fact = string | readonly (string | FactValue)[];

/** A fact written as a template: fact`content proven by ${{ digest: provenBy }}`. */
export function fact(words: TemplateStringsArray, ...values: readonly (string | FactValue)[]): Fact {
  return words.flatMap((text, at) => [text, values[at] ?? '']);
}

/**
 * What assessors need a finding for: content or its proof contradicts, something was removed or added, the origin is not
 * proven, time is not covered, something could not be read, evidence will not be kept, or it is about query results.
 */
export type Purpose =
  | 'content'
  | 'removal'
  | 'additions'
  | 'origin'
  | 'time'
  | 'reading'
  | 'retention'
  | 'queries';

/** One code's words, and the facts that judging, counting and explaining need. */
export interface Words<Evidence> {
  /** Where its weight varies: the condition that makes it a violation, or less than usual. */
  readonly heavier?: string | undefined;
  readonly lighter?: string | undefined;
  readonly title: string;
  readonly meaning: string;
  readonly advice: string;
  /** What a reader must know of one finding, made of its evidence in short phrases. */
  readonly facts: (evidence: Evidence) => readonly (Fact | undefined)[];
  /** What it is about: a file of CloudTrail, another object, a chain or stretch of time, or none of these. */
  readonly subject: 'digest' | 'log' | 'object' | 'chain' | 'other';
  /** Decides which controls of other frameworks it supports: see `controls.ts`. */
  readonly serves: Purpose;
  /** The stretch of time that its evidence names; absent for one that is about an object only. */
  readonly span?: ((evidence: Evidence) => Span) | undefined;
  /** The SHA-256 that AWS signed of its object, where known; absent where the object's versions are worth no look. */
  readonly signedHash?: ((evidence: Evidence) => string | undefined) | undefined;
  /** Each is one file that the report's totals count so. */
  readonly counts?: 'missing' | 'unlisted' | undefined;
  /** Its subject was there and is gone: as a violation it makes its time missing, and not tampered with. */
  readonly isGone?: true | undefined;
  /** The time that it leaves uncovered is before or after all of its chain, where no file was due. */
  readonly isBeyondChain?: true | undefined;
  /** Which control events can have caused it, besides those that acted on its very object. */
  readonly causes?: 'silence' | 'removal' | 'refusal' | undefined;
  /** The run ended before everything in scope was checked: what else the report should have may be absent. */
  readonly endsRun?: true | undefined;
  /** It contradicts the proof of an earlier run, and not a signature that this run read. */
  readonly against?: 'checkpoint' | undefined;
  /**
   * Nobody can accept it: the run proved nothing, or its keys are not known to be CloudTrail's, without which nothing else is
   * proven. Or only an acceptance that names the very object can: who signs with a key of his own can make any number.
   */
  readonly acceptance?: 'never' | 'by-object' | undefined;
  /** The part of a checkpoint that it holds back while it is unproven; absent for all that it is about. */
  readonly holdsBack?: 'nothing' | 'its-place' | undefined;
}

/** One code's entry in the catalogue: its words, and its usual weight. */
export interface Entry<Evidence> extends Words<Evidence> {
  readonly weight: Weight;
}

/** Words must say what makes a weight another than usual, and only where a rule knows several. */
type OfWeight<One extends Rule> = One['weight'] extends Weight
  ? { readonly heavier?: undefined; readonly lighter?: undefined }
  : { readonly heavier: string } | { readonly lighter: string };

/** A table of findings: words for each code that `Rules` has a rule of, and for no other. */
export type Family<Rules extends Readonly<Record<keyof Rules, Rule>>> = {
  readonly [Code in keyof Rules]: Words<EvidenceOf<Rules[Code]['evidence']>> & OfWeight<Rules[Code]>;
};
