/**
 * What the browser keeps: choices of language, theme, times and columns, saved views, drafts, whether it notifies, and
 * the rules that it did so for. Never a key or an answer.
 */
type Preference = 'language' | 'theme' | 'times' | 'columns' | 'views' | 'notifications' | 'notified';

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

/** Calls when another tab changes it. */
export const watchPreference = (name: Preference, onChange: () => void): void =>
  addEventListener('storage', ({ key }) => {
    if (key === toName(name)) onChange();
  });

/** What was typed into a form when the session ended: the tab keeps it until the reader is back. */
export function readDraft(form: string): Record<string, string> | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(toDraftName(form)) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

export function writeDraft(form: string, values: Record<string, string> | undefined): void {
  try {
    if (values) sessionStorage.setItem(toDraftName(form), JSON.stringify(values));
    else sessionStorage.removeItem(toDraftName(form));
  } catch {
    // Too large, or no storage: it holds until the page is left.
  }
}

const toDraftName = (form: string) => `cyberstroll.draft.${form}`;
