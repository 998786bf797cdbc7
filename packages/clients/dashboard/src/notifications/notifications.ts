import { unwrap } from '@cyberstroll/client';
import { computed, effect, signal } from '@preact/signals';
import { client, session } from '../api/session';
import { navigate } from '../browser/navigation';
import { readPreference, watchPreference, writePreference } from '../browser/stored';
import { inWords } from '../components/in-words';
import type { AlertGroup } from '../fleet/group-alerts';
import { ruleName } from '../language/define-texts';
import { findNewGroups } from './find-new-groups';
import { t } from './texts';

/**
 * Notifications of this browser about alerts. The tab that holds a lock reads and notifies, also while nobody sees it;
 * the other tabs wait for the lock. What was notified is kept for all of them, so that the next tab continues.
 */

/** Milliseconds between two reads. Browsers let a page that nobody sees read once a minute. */
const EVERY_MS = 10_000;
const MOST_READ = 500;
const LOCK = 'cyberstroll.notifications';

/** `missing`: the browser has none here, as without HTTPS. */
type Permission = NotificationPermission | 'missing';
const readPermission = (): Permission =>
  'Notification' in globalThis && 'locks' in navigator ? Notification.permission : 'missing';
const readWanted = () => readPreference('notifications') === 'on';

export const permission = signal(readPermission());
const isWanted = signal(readWanted());
export const isNotifying = computed(() => isWanted.value && permission.value === 'granted');

/** Switches them on or off, for all tabs of this browser. Only a click may ask for permission. */
export async function switchNotifications(isOn: boolean): Promise<void> {
  if (isOn && permission.value !== 'missing') permission.value = await Notification.requestPermission();
  const isAllowed = isOn && permission.value === 'granted';
  if (isAllowed) writePreference('notified', '');
  writePreference('notifications', isAllowed ? 'on' : '');
  isWanted.value = isAllowed;
}

export function notifyOfAlerts(): void {
  watchPreference('notifications', () => {
    isWanted.value = readWanted();
    permission.value = readPermission();
  });
  const isOn = computed(() => isNotifying.value && session.value != null);
  effect(() => {
    if (!isOn.value) return;
    const stopping = new AbortController();
    const { signal } = stopping;
    // Rejects when it is stopped while another tab has the lock.
    navigator.locks.request(LOCK, { signal }, () => readAgainAndAgain(signal)).catch(() => undefined);
    return () => stopping.abort();
  });
}

async function readAgainAndAgain(stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    // The next read finds what this one missed.
    await readOnce(stop).catch(() => undefined);
    await toDelay(EVERY_MS, stop);
  }
}

async function readOnce(stop: AbortSignal): Promise<void> {
  const query = { state: 'firing', silenced: 'false', limit: MOST_READ } as const;
  const { items, next_cursor } = await unwrap(client.GET('/api/alerts', { params: { query }, signal: stop }));
  const before = readPreference('notified');
  const isFirst = before === undefined || before === '';
  const firing = { alerts: items, isAll: next_cursor === undefined };
  const { groups, known } = findNewGroups(firing, isFirst ? undefined : before.split(' '));
  // A space for none: it was read.
  writePreference('notified', known.join(' ') || ' ');
  groups.forEach(show);
}

function show({ rule, alerts, newest }: AlertGroup): void {
  const [alert] = alerts;
  const isOne = alerts.length === 1 && alert !== undefined;
  const notification = new Notification(ruleName(rule), {
    body: isOne ? inWords(alert.summary, alert.sentence) : t('new_alerts', { count: alerts.length }),
    tag: `cyberstroll.${rule}`,
  });
  notification.onclick = () => {
    focus();
    navigate(isOne ? `/problems/alerts/${newest}` : `/problems?state=firing&rule=${rule}`);
    notification.close();
  };
}

/** Resolves after `ms`, or as soon as `stop` aborts. */
const toDelay = (ms: number, stop: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    stop.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
