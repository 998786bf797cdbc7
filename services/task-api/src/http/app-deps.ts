import type { KeyRing, Refusals, SessionRing } from '@cyberstroll/access';
import type { FleetStatisticsView } from '@cyberstroll/contracts';
import type { Publisher } from '@cyberstroll/messaging';
import type { ConnectionCaps, SnapshotSource } from '@cyberstroll/progress';
import type { Realtime } from '@cyberstroll/realtime';
import type { Logger, Registry } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import type { Admission } from '../adapters/admission';
import type { Broadcast } from '../adapters/broadcast';
import type { ChangeStreams } from '../adapters/change-streams';
import type { EventStreams } from '../adapters/event-streams';
import type { WaitingExplainer } from '../adapters/explain-waiting';
import type { RequestDrain } from './middleware/request-drain';

/** The dependencies of the routers. A router names the repositories that it uses: `AppDeps<'tasks'>`. */
export interface AppDeps<Used extends keyof Store = keyof Store> {
  store: Pick<Store, Used>;
  keys: KeyRing;
  sessions: SessionRing;
  refusals: Refusals;
  publisher: Publisher;
  /** Each message names the services' RabbitMQ user. */
  namedPublisher: Publisher;
  realtime: Realtime;
  broadcast: Broadcast;
  waiting: WaitingExplainer;
  admit: Admission;
  statistics: () => Promise<FleetStatisticsView>;
  /** A command for many tasks was stored. */
  noteOperation: () => void;
  /** A run of a schedule was commanded. */
  noteSchedule: () => void;
  drain: RequestDrain;
  events: { streams: EventStreams; changes: ChangeStreams; source: SnapshotSource; caps: ConnectionCaps };
  /** A place where fault tests can end the process. */
  failpoint: (place: 'after_create_before_answer') => Promise<void>;
  metrics: Registry;
  logger: Logger;
}
