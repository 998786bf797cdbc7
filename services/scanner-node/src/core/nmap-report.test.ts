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
    });
  });

  it('with one open port, or none, or no host', () => {
    const one = toReport(`<host><ports>${port(80, 'open', '<service name="http"/>')}</ports></host>`);
    expect(parseNmapReport(one)).toEqual({ open_ports: [80], services: ['80/tcp http'], response_time: 0 });
    const nothing = { open_ports: [], services: [], response_time: 0 };
    expect(parseNmapReport(toReport('<host><ports></ports></host>'))).toEqual(nothing);
    expect(parseNmapReport(toReport(''))).toEqual(nothing);
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
