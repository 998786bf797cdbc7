import { readServices } from './read-services';

it('each open port has its service and its banner, as far as they are known', () => {
  const services = ['22/tcp ssh OpenSSH_9.6 \n Debian', '53/udp domain', '80/tcp http', 'nonsense'];
  expect(readServices([22, 53, 80, 443], services).map(({ port: _, ...rest }) => Object.values(rest))).toEqual([
    ['22', 'ssh', 'OpenSSH_9.6 \n Debian'],
    ['53/udp', 'domain', ''],
    ['80', 'http', ''],
    ['443', '', ''],
  ]);
});
