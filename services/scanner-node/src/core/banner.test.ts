import { toBanner, toHttpBanner, toService, toServiceName } from './banner';

describe('a banner', () => {
  it.each([
    ['SSH-2.0-OpenSSH_9.2\r\n', 'SSH-2.0-OpenSSH_9.2'],
    ['\r\n\r\n220 mail ESMTP\r\nmore', '220 mail ESMTP'],
    ['\u001b[2J\u001b]0;owned\u0007hello\u009b31m', '[2J ]0;owned hello 31m'],
    ['a\u0000b\tc', 'a b c'],
    ['\u0000\u0001\u0002', ''],
    ['', ''],
  ])('%j is shown as %j', (said, shown) => {
    expect(toBanner(Buffer.from(said, 'latin1'))).toBe(shown);
  });

  it('is short and printable ASCII, whatever the port sends', () => {
    const noise = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => (i * 7_919) % 256));
    for (const banner of [toBanner(noise), toHttpBanner(noise), toBanner(Buffer.alloc(1_000_000, 'x'))]) {
      expect(banner.length).toBeLessThanOrEqual(120);
      expect(banner).toMatch(/^[\x20-\x7e]*$/);
    }
  });

  it.each([
    ['HTTP/1.1 200 OK\r\nDate: now\r\nServer: nginx/1.22\r\n\r\n', 'HTTP/1.1 200 OK, nginx/1.22'],
    ['HTTP/1.0 404 Not Found\r\n\r\n', 'HTTP/1.0 404 Not Found'],
    ['SSH-2.0-x\r\n', 'SSH-2.0-x'],
  ])('of HTTP: %j is shown as %j', (said, shown) => {
    expect(toHttpBanner(Buffer.from(said))).toBe(shown);
  });
});

it.each([
  [22, '', 'ssh'],
  [2222, 'SSH-2.0-dropbear', 'ssh'],
  [80, 'HTTP/1.1 200 OK', 'http'],
  [22, 'HTTP/1.1 200 OK', 'http'],
  [9200, 'HTTP/1.1 200 OK', 'elasticsearch'],
  [2121, '220 (vsFTPd 3.0.3)', 'ftp'],
  [2525, '220 mx.example ESMTP Postfix', 'smtp'],
  [1100, '+OK ready', 'pop3'],
  [40_000, '* OK IMAP4', 'imap'],
  [40_000, '', 'unknown'],
  [40_000, 'who knows', 'unknown'],
])('port %i with banner %j is named %s', (port, banner, name) => {
  expect(toServiceName(port, banner)).toBe(name);
});

it('a service entry has port, name and the banner, if there is one', () => {
  expect(toService(22, 'SSH-2.0-OpenSSH_9.2')).toBe('22/tcp ssh SSH-2.0-OpenSSH_9.2');
  expect(toService(6379, '')).toBe('6379/tcp redis');
});
