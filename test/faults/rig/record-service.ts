/** Loaded before a service of the rig: its publishes are recorded in a file of the process's own. */
import { join } from 'node:path';
import { recordPublishes } from './record-publishes';

const { PUBLISH_RECORDS, PUBLISH_RECORDED, INSTANCE_ID } = process.env;
recordPublishes(join(PUBLISH_RECORDS!, `${INSTANCE_ID}-${process.pid}.jsonl`), JSON.parse(PUBLISH_RECORDED!));
