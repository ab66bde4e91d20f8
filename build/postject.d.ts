/** The part of postject, which brings no types, that the build uses. */
declare module 'postject' {
  /** Puts `data` into the executable `file`, as the resource of that name. */
  export function inject(
    file: string,
    resource: string,
    data: Uint8Array,
    options: { readonly sentinelFuse: string; readonly machoSegmentName?: string },
  ): Promise<void>;
}
