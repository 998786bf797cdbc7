let at = Number.NaN;
let text = '';

/** The present time in ISO 8601. Its text is made once for each millisecond: many scans begin or end in the same one. */
export function isoNow(): string {
  const now = Date.now();
  if (now !== at) {
    at = now;
    text = new Date(now).toISOString();
  }
  return text;
}
