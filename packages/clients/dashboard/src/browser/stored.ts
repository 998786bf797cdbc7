/** What the browser keeps of a reader's choices: language and theme. Never a key or what the API answered. */
type Preference = 'language' | 'theme';

const toName = (name: Preference) => `cyberstroll.${name}`;

export function readPreference(name: Preference): string | undefined {
  try {
    return localStorage.getItem(toName(name)) ?? undefined;
  } catch {
    return undefined; // no storage: a private window
  }
}

export function writePreference(name: Preference, value: string): void {
  try {
    localStorage.setItem(toName(name), value);
  } catch {
    // It holds until the page is closed.
  }
}
