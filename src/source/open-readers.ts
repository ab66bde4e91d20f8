import type { Access, ObjectReader } from './access.ts';
import type { ReadPace } from './folder/object-file.ts';
import { folderReader, WholeFiles } from './folder/read.ts';
import { type ReaderShare, S3Reader } from './s3/lean/reader.ts';

/** The bounds of one thread; `pace` of files that are read at once, where it has other work. */
export interface ReadersShare extends ReaderShare {
  readonly pace?: ReadPace | undefined;
}

/** Readers of buckets by their accesses, which share what one thread may have. */
export class ObjectReaders {
  readonly #share: ReadersShare;
  readonly #readers = new Map<string, ObjectReader>();
  /** Copies share the bytes that may be held of their files. */
  readonly #whole: WholeFiles;
  #s3: S3Reader | undefined;

  constructor(share: ReadersShare) {
    this.#share = share;
    this.#whole = new WholeFiles(share);
  }

  /** Requests that may be in flight by now; 0 where there are none. */
  get width(): number {
    return this.#s3?.width ?? 0;
  }

  /** The reader of a bucket; undefined for one whose access was not given. */
  of(bucket: string): ObjectReader | undefined {
    return this.#readers.get(bucket);
  }

  /** How a bucket is read from now on. */
  renew(bucket: string, access: Access): void {
    if (access.kind === 'folder') {
      this.#readers.set(bucket, folderReader(access, this.#whole));
      return;
    }
    this.#s3 ??= new S3Reader(this.#share);
    this.#s3.renew(bucket, access);
    this.#readers.set(bucket, this.#s3);
  }

  /** Begins with nothing more. */
  stop(): void {
    this.#s3?.stop();
    this.#whole.stop();
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await this.#s3?.close();
  }
}
