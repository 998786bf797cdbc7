import { createPortGroups } from './group-ports';

const HOSTS = [
  { open_ports: [22, 80], services: ['22/tcp ssh OpenSSH_9.6', '80/tcp http nginx'] },
  { open_ports: [22], services: ['22/tcp ssh dropbear'] },
  { open_ports: [22, 8080], services: ['22/tcp telnet'] },
];
const group = (maxGroups?: number) => {
  const groups = createPortGroups(maxGroups);
  for (const host of HOSTS) groups.add(host);
  return groups;
};

it('groups hosts by port and name of the service, the most hosts first', () => {
  expect(group().toAnswer(3, true)).toEqual({
    hosts: 3,
    groups: 4,
    is_complete: true,
    items: [
      { port: 22, protocol: 'tcp', service: 'ssh', hosts: 2 },
      { port: 22, protocol: 'tcp', service: 'telnet', hosts: 1 },
      { port: 80, protocol: 'tcp', service: 'http', hosts: 1 },
    ],
  });
});

it('is not complete without every host, or with more groups than it holds', () => {
  expect(group().toAnswer(9, false).is_complete).toBe(false);
  expect(group(2).toAnswer(9, true)).toMatchObject({ groups: 2, is_complete: false });
});
