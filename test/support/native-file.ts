import { createRequire } from 'node:module';

/** What the native file offers to the tests alone. */
interface NativeFile {
  /** The SHA-256 of each message, one behind the other; undefined where several cannot be hashed at once here. */
  sha256(messages: readonly Uint8Array[], lanes: number): Buffer | undefined;
}

/** The native file of this platform; throws where it has none. */
export function nativeFile(): NativeFile {
  const name = `../../native/prebuilt/${process.platform}-${process.arch}/hash-gzip.node`;
  return createRequire(import.meta.url)(name);
}
