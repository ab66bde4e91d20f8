/** One HTTP/1.1 request, as far as the server looks at it. `path` is still percent-encoded. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: string;
  readonly body: string;
}

/** Cuts requests out of what a connection brings. Throws for what is no request, or one beyond a megabyte. */
export class RequestReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The requests that are complete by now. */
  *take(chunk: Buffer): Generator<Request> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const headEnd = this.#rest.indexOf('\r\n\r\n');
      if (headEnd === -1) break;
      const head = this.#rest.toString('latin1', 0, headEnd);
      const lineEnd = head.indexOf('\r\n');
      const headers = lineEnd === -1 ? '' : head.slice(lineEnd);
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(headers)?.[1] ?? 0);
      const end = headEnd + 4 + length;
      if (this.#rest.length < end) break;
      const [method = '', target = ''] = head.slice(0, lineEnd === -1 ? undefined : lineEnd).split(' ');
      const [path = '', query = ''] = target.split('?');
      const body = length === 0 ? '' : this.#rest.toString('utf8', headEnd + 4, end);
      this.#rest = this.#rest.subarray(end);
      yield { method, path, query, headers, body };
    }
    if (this.#rest.length > 1024 * 1024) throw new Error('a request is too long');
  }
}
