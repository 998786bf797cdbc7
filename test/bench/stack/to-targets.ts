/** `n` loopback addresses as one range. */
export function toTargets(n: number): string {
  const last = 0x7f00_0000 + n - 1;
  return `127.0.0.0-${[24, 16, 8, 0].map((shift) => (last >>> shift) & 255).join('.')}`;
}
