/** A state of half a megabyte that tells its number, in its first line and in its second. */
export function stateNumber(number: number): Uint8Array {
  const filling = String(number % 10).repeat(500_000);
  return Buffer.from(`${JSON.stringify({ number, filling })}\n${JSON.stringify({ number })}\n`);
}
