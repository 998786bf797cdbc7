import { ApiError, type Client, createClient, type RetryOptions, unwrap } from '@cyberstroll/client';
import { computed, signal } from '@preact/signals';
import { noteServerTime } from '../browser/clock';

type Session = Awaited<ReturnType<typeof readSession>>;
export type Role = Session['role'];

const ROLES: readonly Role[] = ['viewer', 'operator', 'admin'];

/** Undefined until it is read; null while nobody is logged in. */
export const session = signal<Session | null | undefined>(undefined);

/** The session has ended without a log-out: its time was over, or its key was revoked. */
export const isExpired = signal(false);

/** Whether the API would accept what this role may do. What it would refuse is not shown. */
export const mayAct = (least: Role): boolean =>
  session.value != null && ROLES.indexOf(session.value.role) >= ROLES.indexOf(least);
export const isOperator = computed(() => mayAct('operator'));
export const isAdmin = computed(() => mayAct('admin'));

/** The API, by the session's cookie. An answer that says that the session has ended shows the page to log in. */
export function createSessionClient(retry?: RetryOptions): Client {
  const client = createClient({ baseUrl: '', fetch: (request) => fetch(request), retry });
  client.use({
    onResponse({ response }) {
      noteServerTime(response.headers.get('date'));
      if (response.status !== 401) return;
      isExpired.value ||= session.value != null;
      session.value = null;
    },
  });
  return client;
}

/** It reads. What changes something is sent by `createSender`. */
export const client = createSessionClient();

const readSession = () => unwrap(client.GET('/api/session'));

export async function resumeSession(): Promise<void> {
  try {
    session.value = await readSession();
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) throw error;
    session.value = null;
  }
}

/** Exchanges an API key for a session. The key is kept nowhere. Throws an `ApiError` if the key is refused. */
export async function logIn(apiKey: string): Promise<void> {
  const withKey = createClient({ baseUrl: '', apiKey });
  await unwrap(withKey.POST('/api/session'));
  await resumeSession();
  isExpired.value = false;
}

export async function logOut(): Promise<void> {
  await client.DELETE('/api/session').catch(() => undefined);
  session.value = null;
  isExpired.value = false;
}
