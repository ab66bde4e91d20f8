/**
 * What a table of findings is made of. Each family has one file with two literals: the evidence of every code as plain data, and
 * an entry of words for it. All else is derived: the type `Finding`, the catalogue, the report's schema, what readers are shown.
 *
 *     export const LINK_EVIDENCE = { LINK_ASTRAY: { leadsTo: 'text', 'note?': 'text' } } as const;
 *     export const LINK_FINDINGS: Family<typeof LINK_EVIDENCE> = { LINK_ASTRAY: { weight: 'unproven', title: …, … } };
 *
 * Evidence is plain data, and no schema of zod, for two reasons. Threads that walk chains make findings, and must not load zod. And
 * declarations are made file by file: a type can be read off a literal, not off what a function returns.
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

/** What evidence is: one object; one of several, told apart by their `reason`; or `nothing`. */
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

/** The type of the evidence that a shape says. */
export type EvidenceOf<One> = One extends 'nothing'
  ? unknown
  : One extends readonly (infer Form)[]
    ? ObjectOf<Form>
    : ObjectOf<One>;

/** The evidence of each code of a family. */
export type EvidenceOfEach<Shapes> = { readonly [Code in keyof Shapes]: EvidenceOf<Shapes[Code]> };

/** One code's entry. `weight` is the usual one; where evidence decides, `heavier` says what makes it a violation. */
export interface Entry {
  readonly weight: Weight;
  readonly heavier?: string | undefined;
  readonly lighter?: string | undefined;
  readonly title: string;
  readonly meaning: string;
  readonly advice: string;
}

/** A table of findings: an entry for each code whose evidence `Shapes` has, and for no other. */
export type Family<Shapes extends Readonly<Record<keyof Shapes, Shape>>> = {
  readonly [Code in keyof Shapes]: Entry;
};
