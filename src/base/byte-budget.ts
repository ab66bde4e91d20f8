/** Bytes of objects held at once, over all readers together. */
export interface ByteBudget {
  /** A reader's share, empty at first. */
  hold(): ByteHold;
}

/** What one reader holds. */
export interface ByteHold {
  /**
   * Resolves when there is room for `bytes`, which are then held in place of what this reader held before. In the order
   * of calls; more than the whole budget is let in alone.
   */
  readonly take: (bytes: number) => Promise<void>;
  /** Gives everything back; again is harmless. */
  readonly release: () => void;
}

/** Room for so many bytes, given in the order of requests; more than all of it is let in alone. */
export class ByteRoom {
  readonly #capacity: number;
  readonly #waiting: { readonly bytes: number; readonly enter: () => void }[] = [];
  #held = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Holds `bytes`: true where there is room for them now, else `enter` is called when there is. */
  take(bytes: number, enter: () => void): boolean {
    if (this.#waiting.length > 0 || !this.#has(bytes)) {
      this.#waiting.push({ bytes, enter });
      return false;
    }
    this.#held += bytes;
    return true;
  }

  /** Gives so many bytes back. */
  release(bytes: number): void {
    this.#held -= bytes;
    for (let next = this.#waiting[0]; next !== undefined && this.#has(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#held += next.bytes;
      next.enter();
    }
  }

  #has(bytes: number): boolean {
    return this.#held === 0 || this.#held + bytes <= this.#capacity;
  }
}

/** A budget of so many bytes. */
export function byteBudget(capacity: number): ByteBudget {
  const room = new ByteRoom(capacity);
  return {
    hold: () => {
      let own = 0;
      const release = (): void => {
        const bytes = own;
        own = 0;
        if (bytes > 0) room.release(bytes);
      };
      return {
        release,
        take: async (bytes) => {
          release();
          await new Promise<void>((enter) => {
            if (room.take(bytes, enter)) enter();
          });
          own = bytes;
        },
      };
    },
  };
}
