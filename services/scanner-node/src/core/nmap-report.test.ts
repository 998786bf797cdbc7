import { reportedResultSchema } from '@cyberstroll/contracts';
import { readNmapArguments } from './nmap-arguments';
import { parseNmapReport } from './nmap-report';

const toReport = (inside: string) => `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<?xml-stylesheet href="file:///usr/bin/../share/nmap/nmap.xsl" type="text/xsl"?>
<nmaprun scanner="nmap" args="nmap -oX - 127.0.0.1" start="1700000000" version="7.93" xmloutputversion="1.05">
${inside}
<runstats><finished time="1700000001" elapsed="0.10" exit="success"/><hosts up="1" down="0" total="1"/></runstats>
</nmaprun>`;

const port = (id: number, state: string, service = '') =>
  `<port protocol="tcp" portid="${id}"><state state="${state}" reason="syn-ack" reason_ttl="0"/>${service}</port>`;

const OPEN = { protocol: 'tcp', state: 'open' };

describe('an nmap report', () => {
  it('gives the open ports in order, their services, and the round trip in milliseconds', () => {
    const ssh =
      '<service name="ssh" product="OpenSSH" version="9.2p1" extrainfo="protocol 2.0" method="probed" conf="10"/>';
    const xml = toReport(`<host starttime="1700000000" endtime="1700000001">
      <status state="up" reason="user-set" reason_ttl="0"/><address addr="127.0.0.1" addrtype="ipv4"/>
      <ports><extraports state="closed" count="2"/>${port(8080, 'open')}${port(22, 'open', ssh)}${port(23, 'closed')}
      ${port(25, 'filtered')}</ports><times srtt="1250" rttvar="3000" to="100000"/></host>`);
    expect(parseNmapReport(xml)).toEqual({
      open_ports: [22, 8080],
      services: ['22/tcp ssh OpenSSH 9.2p1 (protocol 2.0)', '8080/tcp unknown'],
      response_time: 1.25,
      ports: [
        { ...OPEN, port: 22, service: 'ssh', product: 'OpenSSH', version: '9.2p1', banner: 'protocol 2.0' },
        { ...OPEN, port: 8080 },
      ],
    });
  });

  it('with one open port, or none, or no host', () => {
    const one = toReport(`<host><ports>${port(80, 'open', '<service name="http"/>')}</ports></host>`);
    const ports = [{ ...OPEN, port: 80, service: 'http' }];
    expect(parseNmapReport(one)).toEqual({ open_ports: [80], services: ['80/tcp http'], response_time: 0, ports });
    const nothing = { open_ports: [], services: [], response_time: 0 };
    expect(parseNmapReport(toReport('<host><ports></ports></host>'))).toEqual(nothing);
    expect(parseNmapReport(toReport(''))).toEqual(nothing);
  });

  it('gives what scripts found, and the operating system, as findings', () => {
    const script = (id: string) =>
      `<script id="${id}" output="&#10;Subject: CN=a&#10;&#27;[31mb"><elem>x</elem></script>`;
    const os = '<os><osmatch name="Linux 5.4" accuracy="96"/><osmatch name="Linux 4.1" accuracy="90"/></os>';
    const xml = toReport(
      `<host><ports>${port(443, 'open', script('ssl-cert'))}</ports><hostscript>${script('smb-os')}</hostscript>${os}</host>`,
    );
    const { findings } = parseNmapReport(xml)!;
    expect(findings).toMatchObject([
      { id: 'ssl-cert/443', kind: 'nmap-script', port: 443, title: 'ssl-cert: Subject: CN=a' },
      { id: 'smb-os', kind: 'nmap-script', title: 'smb-os: Subject: CN=a' },
      { id: 'operating-system', kind: 'os', title: 'Linux 5.4', data: { accuracy: '96' } },
    ]);
    expect(reportedResultSchema.safeParse(parseNmapReport(xml)).success).toBe(true);
  });

  it('with a hostile banner: printable and short', () => {
    const service = `<service name="x" product="&lt;script&gt;&#27;[31m${'y'.repeat(500)}"/>`;
    const result = parseNmapReport(toReport(`<host><ports>${port(80, 'open', service)}</ports></host>`));
    expect(result?.services[0]).toMatch(/^80\/tcp x <script>[\x20-\x7e]*$/);
    expect(result?.services[0]?.length).toBeLessThan(140);
  });

  it('is refused when cut off, or when it is something else', () => {
    expect(parseNmapReport(toReport('<host>').slice(0, -20))).toBeUndefined();
    expect(parseNmapReport('<html></html>')).toBeUndefined();
    expect(parseNmapReport('')).toBeUndefined();
  });
});

describe('the arguments that a client may add', () => {
  it('are those of a list', () => {
    const given = ['-sC', '-T2', '--version-intensity=7', '--host-timeout=30s', '--max-rate=100'];
    expect(readNmapArguments({ arguments: given })).toEqual(given);
    expect(readNmapArguments()).toEqual([]);
  });

  it.each([
    [{ arguments: ['-oN', '/etc/passwd'] }, '"-oN"'],
    [{ arguments: ['--script=http-fetch'] }, '"--script=http-fetch"'],
    [{ arguments: ['-iL/etc/shadow'] }, '"-iL/etc/shadow"'],
    [{ arguments: ['192.0.2.1'] }, '"192.0.2.1"'],
    [{ arguments: ['-T4\n-oN x'] }, 'T4'],
    [{ arguments: [4] }, '4'],
    [{ arguments: '-sC' }, 'list'],
    [{ flags: [] }, 'options.flags'],
  ])('no others: %j', (options, named) => {
    expect(() => readNmapArguments(options)).toThrow(named);
  });
});
