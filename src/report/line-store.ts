/** Where a run keeps lines that would not fit in memory: group by group while it goes on, and in the end as one file. */
export interface LineStore {
  /** The file's name, as the report beside it gives it. */
  readonly name: string;
  /** Adds lines (of ASCII), or bytes that are none, to those of a group; never called again before it has resolved. */
  append(group: string, lines: string | Uint8Array): Promise<void>;
  /** What was added for a group, in order and in pieces of any size. */
  read(group: string): AsyncIterable<Uint8Array>;
  /** Writes the finished file, which is `lines`, compressed by gzip. */
  write(lines: AsyncIterable<Uint8Array>): Promise<void>;
}
