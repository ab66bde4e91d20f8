/** JSON that any tool reads alike: characters outside ASCII, and the DEL among them, as `\uXXXX`. */
export function asciiJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent);
  // Asked first, for replacing costs more than that even where there is nothing to replace, as in nearly all keys.
  return /[\u007f-\uffff]/.test(text) ? text.replace(/[\u007f-\uffff]/g, escapeUnit) : text;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
