/** What a client may write in a port list in place of numbers. Nodes get numbers. */

/** The usual port of a service. */
const PORTS_OF_NAMES: Readonly<Record<string, number>> = {
  amqp: 5_672,
  dns: 53,
  docker: 2_375,
  elasticsearch: 9_200,
  etcd: 2_379,
  ftp: 21,
  ftps: 990,
  http: 80,
  https: 443,
  imap: 143,
  imaps: 993,
  ipp: 631,
  kafka: 9_092,
  kerberos: 88,
  kubernetes: 6_443,
  ldap: 389,
  ldaps: 636,
  memcached: 11_211,
  modbus: 502,
  mongodb: 27_017,
  mqtt: 1_883,
  mqtts: 8_883,
  mssql: 1_433,
  mysql: 3_306,
  nats: 4_222,
  nfs: 2_049,
  ntp: 123,
  oracle: 1_521,
  pop3: 110,
  pop3s: 995,
  postgresql: 5_432,
  rdp: 3_389,
  redis: 6_379,
  rsync: 873,
  rtsp: 554,
  sip: 5_060,
  smb: 445,
  smtp: 25,
  smtps: 465,
  snmp: 161,
  socks: 1_080,
  ssh: 22,
  submission: 587,
  telnet: 23,
  vnc: 5_900,
  winrm: 5_985,
};

/** The hundred TCP ports that are open most often, as nmap counted them. */
const TOP_100 =
  '7,9,13,21-23,25-26,37,53,79-81,88,106,110-111,113,119,135,139,143-144,179,199,389,427,443-445,465,513-515,543-544,' +
  '548,554,587,631,646,873,990,993,995,1025-1029,1110,1433,1720,1723,1755,1900,2000-2001,2049,2121,2717,3000,3128,3306,' +
  '3389,3986,4899,5000,5009,5051,5060,5101,5190,5357,5432,5631,5666,5800,5900,6000-6001,6646,7070,8000,8008-8009,' +
  '8080-8081,8443,8888,9100,9999-10000,32768,49152-49157';

/** The entries with numbers for `ssh` and other names, for `top-100`, and for `-`, which is every port. */
export const expandPortNames = (entries: readonly string[]): string[] =>
  entries.flatMap((entry) => {
    const name = entry.toLowerCase();
    if (name === '-') return ['1-65535'];
    if (name === 'top-100') return TOP_100.split(',');
    return [Object.hasOwn(PORTS_OF_NAMES, name) ? String(PORTS_OF_NAMES[name]) : entry];
  });
