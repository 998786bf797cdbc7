let at = Number.NaN;
let text = '';

/** The present time in ISO 8601. Many scans begin or end in one millisecond, so its text is made once for each. */
export function isoNow(): string {
  const now = Date.now();
  if (now !== at) {
    at = now;
    text = new Date(now).toISOString();
  }
  return text;
}
