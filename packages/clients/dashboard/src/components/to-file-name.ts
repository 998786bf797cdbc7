const MOST_CHARACTERS = 100;

/** `results-port22-2026-11-28T1315Z.csv`: no character that a file system has another use for. `now`: milliseconds. */
export function toFileName(name: string, now: number, ending: string): string {
  const time = new Date(now).toISOString().slice(0, 16).replace(':', '');
  const plain = name.replaceAll(/[^\p{L}\p{N}_.-]+/gu, '-').slice(0, MOST_CHARACTERS);
  return `${plain}-${time}Z.${ending}`;
}
