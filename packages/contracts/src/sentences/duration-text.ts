const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/**
 * Seconds in words: the two largest units (`3 min 20 s`), below 0.1 s milliseconds (`80 ms`). A negative number is `0
 * s`.
 */
export function toDurationText(seconds: number): string {
  if (seconds <= 0) return '0 s';
  if (seconds < 0.1) return `${Math.ceil(seconds * 1_000)} ms`;
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}
