import { bearer, type HostileCase, show, type Target, toRequest } from '../hostile-case';

/** Forms that some parser somewhere takes for an address; none is one here. */
const NO_TARGETS = [
  ...[
    '010.0.0.1',
    '0127.0.0.1',
    '127.00.0.1',
    '0x7f.0.0.1',
    '0x7f000001',
    '2130706433',
    '127.1',
    '1.2.3',
    '127.0.0.1.',
  ],
  ...['127.0.0.256', '127.0.0.-1', '1.2.3.4.5', '127.0.0.0/33', '127.0.0.0/-1', '127.0.0.0/', '127.0.0.0/8/8'],
  ...['127.0.0.0/08', '127.0.0.0/+8', '127.0.0.0/8.0', '127.0.0.0/0x8', '127.0.0.0/255.0.0.0', '/8', '127.0.0.*', '*'],
  ...[
    '::1/129',
    '::1/-1',
    '::1%lo',
    'fe80::1%25eth0',
    '[::1]',
    '[::1]:80',
    '1::2::3',
    ':::',
    '::g',
    '12345::',
    '1:2:3',
  ],
  ...['127.0.0.5-127.0.0.1', '127.0.0.1-', '-127.0.0.1', '127.0.0.1-::1', '127.0.0.1--127.0.0.2', '127.0.0.1-300'],
  ...['١٢٧.0.0.1', '１２７.0.0.1', '127。0。0。1', '127.0.0.¹', 'localhost', 'http://127.0.0.1', '127.0.0.1:80'],
  ...['127.0.0.1;ls', '$gt', '127.0.0.1\u0000', '127.0.0.1\u200b', '..', '127.0.0.1/../8', '%31'],
];

const OUTSIDE = [
  ...['8.8.8.8', '10.0.0.0/30', '126.255.255.255-127.0.0.1', '127.0.0.1,8.8.8.8', '127.0.0.1 169.254.169.254'],
  ...['::2', 'fe80::1', '0.0.0.0', '255.255.255.255', '224.0.0.1'],
];
const TOO_MANY = ['0.0.0.0/0', '::/0', '::/64', '127.0.0.0/7'];

/** Targets and exclusions of `POST /api/tasks`. */
export function toTargetCases({ keys }: Target): HostileCase[] {
  const toCase = (target: object, shown: string, code: string, field: string): HostileCase => ({
    title: `${field}: ${show(shown)}`,
    request: toRequest({
      ...{ method: 'POST', path: '/api/tasks', headers: bearer(keys.operator) },
      body: JSON.stringify({ task_target: '127.0.0.1', task_initiator: 'tester', scan: { ports: '22' }, ...target }),
    }),
    ...{ status: 422, code, field },
  });
  return [
    ...NO_TARGETS.flatMap((text) => [
      toCase({ task_target: text }, text, 'invalid_targets', 'task_target'),
      toCase({ exclude_target: text }, text, 'invalid_targets', 'exclude_target'),
    ]),
    ...OUTSIDE.map((text) => toCase({ task_target: text }, text, 'out_of_scope', 'task_target')),
    ...TOO_MANY.map((text) => toCase({ task_target: text }, text, 'invalid_targets', 'task_target')),
    toCase({ exclude_target: '127.0.0.1' }, 'nothing is left', 'invalid_targets', 'task_target'),
    toCase({ task_target: ' , \n' }, 'blank', 'invalid_targets', 'task_target'),
  ];
}
