import type { FleetEvent } from '@cyberstroll/client';
import { FLEET_EVENT_WORDS } from '@cyberstroll/words';
import { defineTexts, stateName } from '../language/define-texts';
import { toNodePath } from './standing';

const eventName = defineTexts(FLEET_EVENT_WORDS);

/** `task ended: nightly (failed)`. */
export function toEventText({ kind, name, subject, status, detail }: FleetEvent): string {
  const about = kind.startsWith('freeze_') ? detail : name;
  return `${eventName(kind)}: ${about ?? subject}${status ? ` (${stateName(status)})` : ''}`;
}

/** What happened to a node, without its name. */
export const toNodeEventText = ({ kind }: FleetEvent): string => eventName(kind);

/** The page of what it is about. */
export const toEventPath = ({ kind, subject }: Pick<FleetEvent, 'kind' | 'subject'>): string =>
  kind.startsWith('task_') ? `/tasks/${subject}` : kind.startsWith('node_') ? toNodePath(subject) : '/plan';

/** What has a colour, since it may need a person. */
export const isTrouble = ({ kind, status }: Pick<FleetEvent, 'kind' | 'status'>): boolean =>
  kind === 'node_lost' ||
  kind === 'node_restarted' ||
  kind === 'freeze_began' ||
  (kind === 'task_ended' && status === 'FAILED');
