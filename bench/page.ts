import { join } from 'node:path';
import { createPage } from './connections.ts';
import { type BenchGateway, startBenchGateway } from './gateway.ts';
import type { Load, LoadResult } from './load-client.ts';
import { type Bench, cpuSecondsOf, median, percentile } from './measure.ts';
import { pageBody } from './page-query.ts';
import { type ServerProcess, startHelper, startServer } from './process.ts';

const connections = 16;

interface Round {
  readonly perSecond: number;
  readonly cpuMicros: number;
  readonly p99Ms: number;
}

/** A page of 50 connections with source and latest job, against the least server that answers with the same bytes. */
export const run: Bench = async ({ quick, keys }) => {
  const gateway = await startBenchGateway({ keys });
  const client = startHelper<Load, LoadResult>('./load-client.ts');
  let bare: ServerProcess | undefined;
  try {
    await createPage(gateway);
    bare = await startBarePage(gateway);
    const servers = { ours: { url: `${gateway.url}/graphql`, pid: gateway.pid }, bare };
    await expectSameBytes(servers.ours.url, bare.url, gateway.headers);
    const load = async ({ url, pid }: { url: string; pid: number }, seconds: number): Promise<Round> => {
      const cpuBefore = cpuSecondsOf(pid);
      const { requestsPerSecond, requests, latenciesMs } = await client.ask({ url, headers: gateway.headers, body: pageBody, connections, seconds });
      const cpuMicros = ((cpuSecondsOf(pid) - cpuBefore) * 1e6) / requests;
      return { perSecond: requestsPerSecond, cpuMicros, p99Ms: percentile(latenciesMs, 0.99) };
    };
    const rounds: { ours: Round[]; bare: Round[] } = { ours: [], bare: [] };
    for (const name of ['ours', 'bare'] as const) await load(servers[name], quick ? 1 : 2);
    for (let round = 0; round < 5; round += 1)
      for (const name of ['ours', 'bare'] as const) rounds[name].push(await load(servers[name], quick ? 1 : 3));
    const of = (name: 'ours' | 'bare', key: keyof Round) => median(rounds[name].map((round) => round[key]));
    const compared = (key: keyof Round) => ({ ours: of('ours', key), bare: of('bare', key) });
    return [
      { what: 'page of 50 connections', unit: 'requests/s', ...compared('perSecond'), aim: 'at least 0.4 of bare' },
      { what: 'page of 50 connections, p99', unit: 'ms', ...compared('p99Ms') },
      { what: 'page of 50 connections, each', unit: 'µs CPU', ...compared('cpuMicros') },
    ];
  } finally {
    await Promise.all([bare?.end(), client.end()]);
    await gateway.cleanUp();
  }
};

/** The cursors begin with what binds them to their list: the bare server is told, for it has no list to be bound to. */
async function startBarePage(gateway: BenchGateway): Promise<ServerProcess> {
  const { sourceConnections, sources } = await gateway.query(
    '{ sourceConnections(first: 1) { edges { cursor } } sources { nodes { id shortName name } } }',
  );
  const [binding] = JSON.parse(Buffer.from(sourceConnections.edges[0].cursor, 'base64url').toString()) as string[];
  const byShortName = Object.fromEntries(sources.nodes.map((source: { shortName: string }) => [source.shortName, source]));
  const args = [join(gateway.dataDir, 'headgate.db'), binding ?? '', JSON.stringify(byShortName)];
  return startServer(['bench/page-bare.ts', ...args]);
}

async function expectSameBytes(ours: string, bare: string, keyHeaders: BenchGateway['headers']): Promise<void> {
  const [one, other] = await Promise.all(
    [ours, bare].map(async (url) => {
      const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...keyHeaders }, body: pageBody });
      return response.text();
    }),
  );
  if (one !== other) throw new Error(`the two servers answer differently:\n${one?.slice(0, 1500)}\n${other?.slice(0, 1500)}`);
}
