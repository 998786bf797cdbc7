import { signal } from '@preact/signals';
import { readPreference, writePreference } from './stored';

/** A name for an address of a list. */
export interface SavedView {
  name: string;
  /** The address: its path, and its choices after a `?`. */
  to: string;
}

const MOST = 100;
const MAX_NAME = 60;

/** The views of this browser, by name. What another version stored, or somebody by hand, is left out. */
export function readViews(text: string | undefined): SavedView[] {
  try {
    const stored: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(stored) ? stored.filter(isView).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

/** A path of the dashboard, and no address elsewhere. */
const isView = (view: unknown): view is SavedView => {
  const { name, to } = (view ?? {}) as Partial<SavedView>;
  return typeof name === 'string' && name !== '' && typeof to === 'string' && /^\/(?!\/)/.test(to);
};

/** With one more; a view of the same list and name is replaced. */
export function withView(views: readonly SavedView[], view: SavedView): SavedView[] {
  const name = view.name.trim().slice(0, MAX_NAME);
  const others = views.filter((each) => each.name !== name || toPath(each) !== toPath(view));
  return [...others, { ...view, name }].sort((one, other) => (one.name < other.name ? -1 : 1)).slice(0, MOST);
}

const toPath = ({ to }: SavedView): string => to.split('?')[0] as string;

export const ofList = (views: readonly SavedView[], path: string): SavedView[] =>
  views.filter((view) => toPath(view) === path);

/** What is of the moment and no choice of a view: the page of the list, what is selected, what was commanded. */
const OF_THE_MOMENT = ['cursor', 'selected', 'operation'];

export function toViewAddress(path: string, query: URLSearchParams): string {
  const kept = new URLSearchParams([...query].filter(([name]) => !OF_THE_MOMENT.includes(name)));
  return kept.size === 0 ? path : `${path}?${kept}`;
}

export const savedViews = signal<readonly SavedView[]>(readViews(readPreference('views')));

export function saveViews(views: readonly SavedView[]): void {
  savedViews.value = views;
  writePreference('views', JSON.stringify(views));
}
