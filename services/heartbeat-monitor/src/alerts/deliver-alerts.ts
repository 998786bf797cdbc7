import type { Alert, AlertNotice } from '@cyberstroll/contracts';
import type { Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { createDelivery } from '../delivery/deliver';
import type { CountTry } from '../delivery/delivery-counter';
import type { Receiver } from '../delivery/receiver';
import { selectReceivers } from './core/select-receivers';

export interface AlertDeliveryDeps {
  store: Pick<Store, 'alertOutbox'>;
  receivers: readonly Receiver<Alert, AlertNotice>[];
  /** Milliseconds after which a change that did not arrive is given up. */
  keepMs: number;
  passMs?: number;
  countTry: CountTry;
  logger: Logger;
}

/** The sweep that sends the changes of alerts to their receivers. */
export const createAlertDelivery = ({ store, receivers, ...deps }: AlertDeliveryDeps) =>
  createDelivery<Alert, AlertNotice>({
    ...deps,
    receivers,
    outbox: store.alertOutbox,
    what: 'alert',
    select: (alert, notice) => selectReceivers(alert, notice, receivers),
    toFacts: ({ alert_id }) => ({ alert_id }),
    onNotice: ({ rule, subject, alert_id }, { state, operator }) =>
      deps.logger.info({ rule, subject, alert_id, state, operator }, 'alert changed'),
  });
