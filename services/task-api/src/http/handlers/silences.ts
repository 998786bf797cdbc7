import { MAX_REASON_LENGTH, type Silence } from '@cyberstroll/contracts';
import type { Handlers } from '../add-operations';
import type { AppDeps } from '../app-deps';

const HOUR_MS = 3_600_000;

/** Silences: make, list and end them. The heartbeat-monitor asks for them whenever an alert changes. */
export const createSilenceHandlers = ({ store: { silences } }: Pick<AppDeps<'silences'>, 'store'>): Handlers => ({
  listSilences: async ({ query }) => ({ body: await silences.findPage(query, new Date()) }),

  async createSilence({ body: { rule, subject, hours, reason }, caller, slot }) {
    const now = new Date();
    const until = new Date(now.getTime() + hours * HOUR_MS);
    const given = { rule, ...(subject !== undefined && { subject }), reason, operator: caller.name, until };
    const silence = await silences.create(given, now, slot?.id);
    return { change: { subject: silence.silence_id, after: toText(silence) }, body: silence };
  },

  async endSilence({ params }) {
    const silence = await silences.end(params.silence_id, new Date());
    return { change: { subject: silence.silence_id, before: toText(silence) }, body: silence };
  },
});

const toText = ({ rule, subject, until, reason }: Silence): string =>
  JSON.stringify({ rule, subject, until, reason }).slice(0, MAX_REASON_LENGTH);
